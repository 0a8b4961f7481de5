use serde_json::{Map, Value, json};

use super::{KINDS, Kind};

/// The JSON Schema of the gate files of one kind, whose `kind` is fixed to its name.
pub fn kind_schema(kind: &dyn Kind) -> Value {
    let mut schema = kind.schema().to_value();
    if let Some(property) = schema.pointer_mut("/properties/kind")
        && let Some(property) = property.as_object_mut()
    {
        property.insert("const".to_owned(), json!(kind.name()));
    }
    schema
}

/// The JSON Schema of all gate files: one of the kinds.
pub fn gate_schema() -> Value {
    let mut defs = Map::new();
    let mut branches = Vec::new();
    for kind in KINDS {
        branches.push(merge(kind_schema(*kind), kind.name(), &mut defs));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "driftgate gate file",
        "oneOf": branches,
        "$defs": defs,
    })
}

/// Moves the definitions of a schema among those of all kinds. One that has the same name as
/// another and differs from it gets the kind's name before its own.
fn merge(mut schema: Value, kind: &str, defs: &mut Map<String, Value>) -> Value {
    let Some(object) = schema.as_object_mut() else {
        return schema;
    };
    object.remove("$schema");
    let Some(Value::Object(own)) = object.remove("$defs") else {
        return schema;
    };
    // Whoever refers to a renamed definition differs as well, hence over and over until it holds.
    let mut renamed: Vec<&String> = Vec::new();
    let rename = |value: &Value, renamed: &[&String]| {
        let mut value = value.clone();
        refer(&mut value, kind, renamed);
        value
    };
    loop {
        let clash = own.iter().find(|(name, definition)| {
            !renamed.contains(name)
                && defs
                    .get(*name)
                    .is_some_and(|other| *other != rename(definition, &renamed))
        });
        match clash {
            Some((name, _)) => renamed.push(name),
            None => break,
        }
    }
    for (name, definition) in &own {
        let definition = rename(definition, &renamed);
        let name = if renamed.contains(&name) {
            format!("{kind}-{name}")
        } else {
            name.clone()
        };
        defs.insert(name, definition);
    }
    refer(&mut schema, kind, &renamed);
    schema
}

/// Lets all references to renamed definitions follow them.
fn refer(value: &mut Value, kind: &str, renamed: &[&String]) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if let Some(name) = target.strip_prefix("#/$defs/")
                            && renamed.iter().any(|renamed| *renamed == name)
                        {
                            *target = format!("#/$defs/{kind}-{name}");
                        }
                    }
                    value => refer(value, kind, renamed),
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                refer(value, kind, renamed);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_definitions_are_shared_and_unequal_ones_kept_apart() {
        let mut defs = Map::new();
        let one = json!({
            "properties": {"a": {"$ref": "#/$defs/Same"}, "b": {"$ref": "#/$defs/Outer"}},
            "$defs": {
                "Same": {"type": "string"},
                "Inner": {"type": "string"},
                "Outer": {"$ref": "#/$defs/Inner"},
            },
        });
        let mut other = one.clone();
        other["$defs"]["Inner"] = json!({"type": "integer"});
        merge(one, "one", &mut defs);
        let other = merge(other, "other", &mut defs);
        assert_eq!(
            other,
            json!({"properties": {
                "a": {"$ref": "#/$defs/Same"},
                "b": {"$ref": "#/$defs/other-Outer"},
            }})
        );
        assert_eq!(
            Value::Object(defs),
            json!({
                "Same": {"type": "string"},
                "Inner": {"type": "string"},
                "Outer": {"$ref": "#/$defs/Inner"},
                "other-Inner": {"type": "integer"},
                "other-Outer": {"$ref": "#/$defs/other-Inner"},
            })
        );
    }
}
