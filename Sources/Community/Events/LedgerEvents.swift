import Postgres

/// The events of the ledger and of touches, told in sets: settling may be of thousands at once.
enum LedgerEvents {
  /// Those of the deliveries `d` that the transaction has settled, and no other, as a condition finds them.
  static func settled(_ condition: SQL) -> SQL {
    """
    select 'delivery.' || d.state, jsonb_strip_nulls(jsonb_build_object('delivery_id', d.id, 'touch_id', d.touch_id,
      'group_id', d.group_id, 'channel_id', d.channel_id, 'state', d.state, 'reason', d.reason, 'attempts', d.attempts))
    from deliveries d
    where d.settled_at = now() and d.state in ('delivered', 'failed', 'skipped', 'unknown') and \(condition)
    """
  }

  /// Those of touches that `changed` has as missed.
  static var missed: SQL {
    """
    select 'touch.missed', jsonb_build_object('touch_id', id, 'plan_id', plan_id, 'due_at', \(utc("due_at"))) from changed
    """
  }

  /// An instant of a column as the API writes it.
  static func utc(_ column: SQL) -> SQL {
    "to_char(\(column) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
  }
}
