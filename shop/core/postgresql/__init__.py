"""Django's backend for PostgreSQL, with a look at a connection that asks the server nothing."""
