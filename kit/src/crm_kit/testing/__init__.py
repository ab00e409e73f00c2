"""What tests stand on: real PostgreSQL and NATS servers, databases made in milliseconds, conformance suites."""
