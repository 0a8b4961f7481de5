use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::relation::Relation;
use super::source_spec::SourceSpec;
use crate::config::gate_spec;
use crate::kinds::postgres::LiveSpec;

gate_spec! {
    /// Copies of a set of constants agree with the original.
    pub struct ConstantsSpec {
        /// The original.
        pub canonical: SideSpec,
        /// The copies.
        #[schemars(with = "Vec<SideSpec>")]
        pub mirrors: Spanned<Vec<SideSpec>>,
        /// How many members each side has at the least; 1 without the key.
        #[schemars(with = "Option<usize>")]
        pub min_size: Option<Spanned<usize>>,
    }
}

/// One place where the set is written: a file, and what to read in it.
#[derive(Debug, Clone, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SideSpec {
    /// How findings call it.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Read from a source instead of the checkout.
    pub source: Option<SourceSpec>,

    /// Go file, or files of one package (patterns allowed). Goes with `consts`, `type`, `block`,
    /// `slice` or `map_keys`.
    #[schemars(with = "Option<OneOrMany>")]
    pub go: Option<Spanned<OneOrMany>>,
    /// TypeScript file. Goes with `object`, `keys_of`, `union`, `enum` or `array`.
    #[schemars(with = "Option<OneOrMany>")]
    pub typescript: Option<Spanned<OneOrMany>>,
    /// Python file. Goes with `constants`, `enum`, `literal`, `sequence` or `dict_keys`.
    #[schemars(with = "Option<OneOrMany>")]
    pub python: Option<Spanned<OneOrMany>>,
    /// PostgreSQL migrations (patterns allowed), applied in the order of their numbers. Goes with
    /// `check`, `check_column` or `enum`.
    #[schemars(with = "Option<OneOrMany>")]
    pub sql: Option<Spanned<OneOrMany>>,
    /// A database that is made of migrations on a real PostgreSQL, and asked. Goes with `check`,
    /// `check_column` or `enum`, as `sql` does.
    #[schemars(with = "Option<LiveSpec>")]
    pub postgres: Option<Spanned<LiveSpec>>,
    /// JSON file. Goes with `pointer`.
    #[schemars(with = "Option<OneOrMany>")]
    pub json: Option<Spanned<OneOrMany>>,
    /// YAML file. Goes with `path`.
    #[schemars(with = "Option<OneOrMany>")]
    pub yaml: Option<Spanned<OneOrMany>>,
    /// TOML file. Goes with `path`.
    #[schemars(with = "Option<OneOrMany>")]
    pub toml: Option<Spanned<OneOrMany>>,
    /// Dockerfile. Goes with `arg`.
    #[schemars(with = "Option<OneOrMany>")]
    pub dockerfile: Option<Spanned<OneOrMany>>,
    /// Env file. Goes with `key`.
    #[schemars(with = "Option<OneOrMany>")]
    pub env_file: Option<Spanned<OneOrMany>>,
    /// Bash script. Goes with `array` or `words`.
    #[schemars(with = "Option<OneOrMany>")]
    pub shell: Option<Spanned<OneOrMany>>,
    /// Any file, as the last resort. Goes with `pattern`.
    #[schemars(with = "Option<OneOrMany>")]
    pub regex: Option<Spanned<OneOrMany>>,

    /// Go: these constants. A constant that is added later is not seen.
    #[schemars(with = "Option<Vec<String>>")]
    pub consts: Option<Spanned<Vec<String>>>,
    /// Go: all constants of this type.
    #[schemars(with = "Option<String>")]
    pub r#type: Option<Spanned<String>>,
    /// Go: all constants of the const block in which this one stands.
    #[schemars(with = "Option<String>")]
    pub block: Option<Spanned<String>>,
    /// Go: the elements of this slice or array.
    #[schemars(with = "Option<String>")]
    pub slice: Option<Spanned<String>>,
    /// Go: the keys of this map.
    #[schemars(with = "Option<String>")]
    pub map_keys: Option<Spanned<String>>,
    /// TypeScript: the values of this object.
    #[schemars(with = "Option<String>")]
    pub object: Option<Spanned<String>>,
    /// TypeScript: the keys of this object.
    #[schemars(with = "Option<String>")]
    pub keys_of: Option<Spanned<String>>,
    /// TypeScript: the literals of this union type.
    #[schemars(with = "Option<String>")]
    pub union: Option<Spanned<String>>,
    /// TypeScript and Python: the values of this enum. SQL: the labels of this enum type.
    #[schemars(with = "Option<String>")]
    pub r#enum: Option<Spanned<String>>,
    /// TypeScript and shell: the elements of this array.
    #[schemars(with = "Option<String>")]
    pub array: Option<Spanned<String>>,
    /// Python: these constants of the module. One that is added later is not seen.
    #[schemars(with = "Option<Vec<String>>")]
    pub constants: Option<Spanned<Vec<String>>>,
    /// Python: the values of this `Literal[…]`; `Class.field` for the annotation of a field.
    #[schemars(with = "Option<String>")]
    pub literal: Option<Spanned<String>>,
    /// Python: the elements of this tuple, list, set or frozenset.
    #[schemars(with = "Option<String>")]
    pub sequence: Option<Spanned<String>>,
    /// Python: the keys of this dict.
    #[schemars(with = "Option<String>")]
    pub dict_keys: Option<Spanned<String>>,
    /// SQL: the CHECK constraint of this name, or `table.name`.
    #[schemars(with = "Option<String>")]
    pub check: Option<Spanned<String>>,
    /// SQL: the CHECK constraint of this `table.column`.
    #[schemars(with = "Option<String>")]
    pub check_column: Option<Spanned<String>>,
    /// JSON: the pointer to a value, an array, or an object: `/a/b/0`.
    #[schemars(with = "Option<String>")]
    pub pointer: Option<Spanned<String>>,
    /// YAML and TOML: the way to a value, a list, or a map: `a.b.0`.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// JSON, YAML and TOML: read the keys of a map.
    #[schemars(with = "Option<bool>")]
    pub keys: Option<Spanned<bool>>,
    /// Dockerfile: the default of this `ARG`.
    #[schemars(with = "Option<String>")]
    pub arg: Option<Spanned<String>>,
    /// Env file: the value of this key.
    #[schemars(with = "Option<String>")]
    pub key: Option<Spanned<String>>,
    /// Shell: the words of this variable.
    #[schemars(with = "Option<String>")]
    pub words: Option<Spanned<String>>,
    /// Regular expression with exactly one group; each match is a member.
    #[schemars(with = "Option<String>")]
    pub pattern: Option<Spanned<String>>,
    /// What a single value is split at: `,`.
    #[schemars(with = "Option<String>")]
    pub separator: Option<Spanned<String>>,

    /// How a mirror stands to the canonical side; `equal` without the key.
    #[schemars(with = "Option<Relation>")]
    pub relation: Option<Spanned<Relation>>,
    /// How many members this side has at the least.
    #[schemars(with = "Option<usize>")]
    pub min_size: Option<Spanned<usize>>,

    /// Transform: takes a prefix off. Transforms happen in the order in which they are written.
    #[schemars(with = "Option<String>")]
    pub strip_prefix: Option<Spanned<String>>,
    /// Transform: takes a suffix off.
    #[schemars(with = "Option<String>")]
    pub strip_suffix: Option<Spanned<String>>,
    /// Transform: to lower case.
    #[schemars(with = "Option<bool>")]
    pub lower: Option<Spanned<bool>>,
    /// Transform: other values for some members.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub map: Option<Spanned<BTreeMap<String, String>>>,
    /// Transform: members that this side does not write down.
    #[schemars(with = "Option<Vec<String>>")]
    pub add: Option<Spanned<Vec<String>>>,
    /// Transform: members that do not count.
    #[schemars(with = "Option<Vec<String>>")]
    pub remove: Option<Spanned<Vec<String>>>,
}

/// A path or pattern, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany(pub Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor)
    }
}

struct OneOrManyVisitor;

impl<'de> Visitor<'de> for OneOrManyVisitor {
    type Value = OneOrMany;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path or a list of paths")
    }

    fn visit_str<E>(self, path: &str) -> Result<OneOrMany, E> {
        Ok(OneOrMany(vec![path.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<OneOrMany, A::Error> {
        let mut paths = Vec::new();
        while let Some(path) = access.next_element()? {
            paths.push(path);
        }
        Ok(OneOrMany(paths))
    }
}

impl JsonSchema for OneOrMany {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OneOrMany".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "oneOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 }
            ]
        })
    }
}
