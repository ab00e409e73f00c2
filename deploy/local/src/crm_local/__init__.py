"""The whole platform on one machine: PostgreSQL, NATS, seven services and the gateway under one supervisor."""
