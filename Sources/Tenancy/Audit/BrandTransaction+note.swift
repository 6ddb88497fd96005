import Postgres

extension BrandTransaction {
  /// Writes an act on the brand's data into the brand's audit, in the same commit. Acts of one brand wait for each other.
  public func note(_ act: Act, by actor: Actor) async throws {
    try await query(
      """
      select ops.note_act(\(try JSON(encoding: actor)), \(act.name), \("\(act.subject.kind) \(act.subject.id)"),
        jsonb_strip_nulls(jsonb_build_object('name', \(act.subject.name)::text))
          || case when \(act.before)::jsonb is null then '{}' else jsonb_build_object('before', \(act.before)::jsonb) end
          || case when \(act.after)::jsonb is null then '{}' else jsonb_build_object('after', \(act.after)::jsonb) end)
      """)
  }
}
