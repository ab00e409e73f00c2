"""Pages for people without an account, made on the server: they need no script and tell a stranger nothing."""
