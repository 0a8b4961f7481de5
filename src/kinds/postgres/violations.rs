use super::rules::{Expected, Probe};

impl Probe {
    /// The text of a migration after which the probe no longer holds; `None` where nobody says one.
    pub(super) fn violation(&self) -> Option<String> {
        if let Some(text) = &self.violation {
            return Some(text.clone());
        }
        match &self.expected {
            Expected::Error(error) => error.constraint.as_deref().map(without_constraint),
            Expected::Rows(_) => None,
        }
    }
}

/// Drops every constraint and index of that name, whatever it is on.
fn without_constraint(name: &str) -> String {
    let name = name.replace('\'', "''");
    format!(
        "DO $driftgate$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
        FROM pg_catalog.pg_constraint WHERE conname = '{name}' AND conrelid <> 0
        UNION ALL
        SELECT format('ALTER DOMAIN %s DROP CONSTRAINT %I CASCADE', contypid::regtype, conname)
        FROM pg_catalog.pg_constraint WHERE conname = '{name}' AND contypid <> 0
        UNION ALL
        SELECT format('DROP INDEX %s CASCADE', c.oid::regclass)
        FROM pg_catalog.pg_class c
        WHERE c.relname = '{name}' AND c.relkind IN ('i', 'I')
          AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint n WHERE n.conindid = c.oid)
    LOOP
        EXECUTE command;
    END LOOP;
END
$driftgate$;
"
    )
}
