import Testing

/// What real workers do. One test after the other: leases of seconds and a busy machine are enough for each.
@Suite(.serialized) enum EngineTests {}
