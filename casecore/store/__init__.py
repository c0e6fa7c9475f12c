"""The database: tables, engine, unit of work, migrations."""
