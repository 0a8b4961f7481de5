-- Enum types, and CHECK constraints of tables, as statements that would make them: what sort of
-- thing, the schema, the table of a constraint, its name, its columns, and the statement's end.
SELECT 'enum'::text AS kind, s.nspname::text AS space, ''::text AS of_table, t.typname::text AS name,
       ARRAY(SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) AS parts,
       ''::text AS definition
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace
WHERE t.typtype = 'e' AND s.nspname <> 'information_schema' AND s.nspname !~ '^pg_'
UNION ALL
SELECT 'check', s.nspname::text, c.relname::text, n.conname::text,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = n.conrelid AND a.attnum = ANY (n.conkey) ORDER BY a.attnum),
       'CHECK (' || pg_catalog.pg_get_expr(n.conbin, n.conrelid) || ')'
FROM pg_catalog.pg_constraint n
JOIN pg_catalog.pg_class c ON c.oid = n.conrelid
JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
WHERE n.contype = 'c' AND s.nspname <> 'information_schema' AND s.nspname !~ '^pg_'
ORDER BY 1, 2, 3, 4
