"""What tests and benchmarks share: people, servers, browsers, installations. Nothing else imports it."""
