"""The acts on a case: each checks authority and the state table, then writes state, event and notices as one."""
