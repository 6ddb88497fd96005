import Almanac
import Channels
import Community
import Foundation
import HTTPTypes
import Hummingbird
import Identifiers
import JobQueue
import Testing
import Wording

@testable import API

@Suite struct ContractTests {
  @Test func theRoutesAreThoseOfTheDocument() async throws {
    let house = try await House.shared()
    let router = try buildAPI(house.dependencies())
    let routes = Set(router.routes.map { "\($0.method) /" + "\($0.path)".drop { $0 == "/" } })
    let documented = Set(try Contract().operations.map { "\($0.method) \($0.path)" })
    #expect(routes.subtracting(documented).sorted() == [], "not in the document")
    #expect(documented.subtracting(routes).sorted() == [], "not in the router")
  }

  @Test func theDocumentIsServedAsItIs() async throws {
    try await withAPI { api, _ in
      let reply = try await api.with(key: nil).get("/openapi.json")
      #expect(reply.status == 200)
      #expect(reply.json["openapi"]?.string == "3.1.0")
      #expect(reply.json["paths"]?.object?.count == (try Contract().document.root["paths"]?.object?.count))
    }
  }

  /// A type of a body and the schema that describes it. Required are the fields that the type cannot do without.
  struct Body: Sendable, CustomTestStringConvertible {
    let schema: String
    let names: Set<String>
    let required: Set<String>?
    var testDescription: String { schema }

    init<Keys: CodingKey & CaseIterable>(_ schema: String, _ keys: Keys.Type, required: Set<String>? = nil) {
      self.schema = schema
      names = Set(keys.allCases.map(\.stringValue))
      self.required = required
    }

    /// For a type whose names are its properties'.
    init(_ schema: String, _ names: Set<String>) {
      self.schema = schema
      self.names = names
      required = nil
    }

    /// For a body that is taken: a field is required if the schema's example, or else an empty object, cannot do without.
    init<Draft: Decodable, Keys: CodingKey & CaseIterable>(_ schema: String, taken: Draft.Type, _ keys: Keys.Type) {
      let example = (try? Contract().schemas[schema]?["example"]?.object) ?? [:]
      let required = keys.allCases.map(\.stringValue).filter { name in
        var rest = example
        rest[name] = nil
        let problems = (try? StrictDecoding.problems(taken, .object(rest))) ?? []
        return problems.contains { $0.field == "/" + name && $0.code == .required }
      }
      self.init(schema, keys, required: Set(required))
    }
  }

  static let bodies: [Body] = [
    Body("Agency", AgencyBody.CodingKeys.self, required: ["id", "slug", "name"]),
    Body("Brand", BrandBody.CodingKeys.self), Body("BrandDraft", taken: BrandDraft.self, BrandDraft.CodingKeys.self),
    Body("BrandEdit", BrandEdit.CodingKeys.self, required: []),
    Body("BrandStateDraft", taken: BrandStateDraft.self, BrandStateDraft.CodingKeys.self),
    Body("ErasureDraft", taken: ErasureDraft.self, ErasureDraft.CodingKeys.self),
    Body("Erasure", ErasureBody.CodingKeys.self, required: ["id", "slug", "last_backup_expires"]),
    Body("ChecklistStep", ChecklistStepBody.CodingKeys.self, required: ["step", "is_done"]),
    Body("Actor", Set(["kind", "id", "name", "address", "request"])),
    Body("Settings", SettingsBody.CodingKeys.self),
    Body("SettingsEdit", BrandSettingsDraft.CodingKeys.self, required: []),
    Body("TierDays", taken: TierDays.self, TierDays.CodingKeys.self),
    Body("Channel", Channel.CodingKeys.self),
    Body("QuotaUse", QuotaUse.CodingKeys.self, required: ["counted", "limit", "used", "month"]),
    Body("ChannelDraft", taken: ChannelDraft.self, ChannelDraft.CodingKeys.self),
    Body("ChannelEdit", ChannelEdit.CodingKeys.self, required: []),
    Body("Group", Group.CodingKeys.self), Body("GroupDraft", taken: GroupDraft.self, GroupDraft.CodingKeys.self),
    Body("GroupEdit", GroupDraft.CodingKeys.self, required: []),
    Body("GroupTally", GroupTally.CodingKeys.self, required: ["state", "groups"]),
    Body("GroupFilter", taken: GroupFilter.self, GroupFilter.CodingKeys.self),
    Body("GroupPatch", taken: GroupPatch.self, GroupPatch.CodingKeys.self),
    Body("GroupEdits", taken: GroupEdits.self, GroupEdits.CodingKeys.self),
    Body("ChangeCount", ChangeCount.CodingKeys.self, required: ["changed"]),
    Body("Announcement", Announcement.CodingKeys.self),
    Body("Goal", Goal.CodingKeys.self), Body("GoalDraft", taken: GoalDraft.self, GoalDraft.CodingKeys.self),
    Body("GoalEdit", GoalDraft.CodingKeys.self, required: []),
    Body("DailyRecord", DailyRecord.CodingKeys.self),
    Body("DailyRecordDraft", taken: DailyRecordDraft.self, DailyRecordDraft.CodingKeys.self),
    Body("DailyRecordEntry", taken: DailyRecordEntry.self, DailyRecordEntry.CodingKeys.self),
    Body("DailySheet", taken: DailySheet.self, DailySheet.CodingKeys.self),
    Body("DailySheetRow", DailySheetRow.CodingKeys.self),
    Body("Rules", Rules.CodingKeys.self), Body("RulesDraft", taken: RulesDraft.self, RulesDraft.CodingKeys.self),
    Body("RulesEdit", RulesDraft.CodingKeys.self, required: []),
    Body("RulesVersion", Rules.Version.CodingKeys.self),
    Body("Stay", Stay.CodingKeys.self), Body("Consent", Consent.CodingKeys.self),
    Body("ConsentDraft", taken: ConsentDraft.self, ConsentDraft.CodingKeys.self),
    Body("Member", Member.CodingKeys.self), Body("MemberDraft", taken: MemberDraft.self, MemberDraft.CodingKeys.self),
    Body("MemberEdit", MemberDraft.CodingKeys.self, required: []),
    Body("Membership", Membership.CodingKeys.self),
    Body("MembershipDraft", taken: MembershipDraft.self, MembershipDraft.CodingKeys.self),
    Body("Import", ImportBody.CodingKeys.self), Body("ImportField", ImportBody.Field.CodingKeys.self),
    Body("ImportFailure", ImportBody.Failure.CodingKeys.self), Body("ImportProblem", ImportProblemBody.CodingKeys.self),
    Body("ImportCounts", Import.Counts.CodingKeys.self),
    Body("ImportMapping", taken: ImportMappingDraft.self, ImportMappingDraft.CodingKeys.self),
    Body("ImportRun", taken: ImportRunDraft.self, ImportRunDraft.CodingKeys.self),
    Body("Medium", Media.CodingKeys.self), Body("ContentBody", taken: ContentBody.self, ContentBody.CodingKeys.self),
    Body("ContentDraft", taken: ContentDraft.self, ContentDraft.CodingKeys.self),
    Body("Content", Content.CodingKeys.self), Body("Audience", taken: Audience.self, Audience.CodingKeys.self),
    Body("Plan", Plan.CodingKeys.self), Body("PlanDraft", taken: PlanDraft.self, PlanDraft.CodingKeys.self),
    Body("PlanEdit", PlanDraft.CodingKeys.self, required: []),
    Body("ApprovalDraft", taken: ApprovalDraft.self, ApprovalDraft.CodingKeys.self),
    Body("Touch", Touch.CodingKeys.self), Body("Delivery", Delivery.CodingKeys.self),
    Body("DeliveryTally", DeliveryTally.CodingKeys.self),
    Body("Resolution", taken: Resolution.self, Resolution.CodingKeys.self),
    Body("ResendOrder", taken: ResendOrder.self, ResendOrder.CodingKeys.self),
    Body("RetiredClaim", RetiredClaim.CodingKeys.self),
    Body("Run", RunBody.CodingKeys.self), Body("Crash", RunBody.Crash.CodingKeys.self),
    Body("RunAction", taken: RunAction.self, RunAction.CodingKeys.self),
    Body("RunsAction", taken: RunsAction.self, RunsAction.CodingKeys.self),
    Body("RunCount", RunCount.CodingKeys.self, required: ["runs"]),
    Body("QueueOverview", OverviewBody.CodingKeys.self), Body("QueuePart", OverviewBody.Part.CodingKeys.self),
    Body("AuditEntry", AuditBody.CodingKeys.self), Body("Pause", PauseBody.CodingKeys.self),
    Body("PauseDraft", taken: PauseDraft.self, PauseDraft.CodingKeys.self),
    Body("EventTypeInfo", EventTypeBody.CodingKeys.self, required: ["type", "description", "fields", "can_be_wanted"]),
    Body("EventTypeField", EventTypeBody.Field.CodingKeys.self, required: ["name", "description"]),
    Body("EventData", EventDataKeys.self, required: ["brand_id"]), Body("Event", EventKeys.self),
    Body("Webhook", Webhook.CodingKeys.self), Body("MadeWebhook", MadeWebhookKeys.self),
    Body("WebhookDraft", taken: WebhookDraft.self, WebhookDraft.CodingKeys.self),
    Body("WebhookEdit", WebhookEdit.CodingKeys.self, required: []),
    Body("WebhookDelivery", WebhookDelivery.CodingKeys.self),
    Body("RedeliveryOrder", taken: RedeliveryOrder.self, RedeliveryOrder.CodingKeys.self),
    Body("Redelivery", RedeliveryBody.CodingKeys.self, required: ["deliveries"]),
    Body("Notice", NoticeBody.CodingKeys.self, required: ["id", "text", "at"]),
    Body("NoticeBrand", NoticeBrand.CodingKeys.self), Body("NoticeSubject", NoticeSubject.CodingKeys.self),
    Body("Unread", UnreadBody.CodingKeys.self, required: ["unread"]),
    Body("ReadDraft", taken: ReadDraft.self, ReadDraft.CodingKeys.self),
    Body("ReadAllDraft", taken: ReadAllDraft.self, ReadAllDraft.CodingKeys.self),
    Body("NoticeChoice", taken: NoticeChoice.self, NoticeChoice.CodingKeys.self),
    Body("NoticeKind", NoticeSettingsBody.Kind.CodingKeys.self),
    Body("NoticeSettings", NoticeSettingsBody.CodingKeys.self),
    Body("NoticeSettingsDraft", taken: NoticeSettingsDraft.self, NoticeSettingsDraft.CodingKeys.self),
    Body("InternalRobot", InternalRobot.CodingKeys.self),
    Body("InternalRobotDraft", taken: InternalRobotDraft.self, InternalRobotDraft.CodingKeys.self),
    Body("Liveness", Liveness.CodingKeys.self, required: ["status"]),
    Body("Readiness", Readiness.CodingKeys.self, required: ["status", "checks"]),
    Body("Problem", ProblemBody.CodingKeys.self), Body("FieldError", ProblemBody.FieldError.CodingKeys.self),
  ]

  @Test(arguments: bodies)
  func schemasHaveTheFieldsOfTheTypes(body: Body) throws {
    let contract = try Contract()
    let (properties, required) = contract.shape(try #require(contract.schemas[body.schema]))
    #expect(Set(properties.keys) == body.names)
    #expect(required.isSubset(of: body.names))
    if let needed = body.required { #expect(required == needed) }
  }

  @Test func everySchemaIsHeldByATypeOrMadeOfOnesThatAre() throws {
    let contract = try Contract()
    let held = Set(Self.bodies.map(\.schema)).union(["Once", "Daily", "Weekly"])
    for (name, schema) in contract.schemas where !contract.shape(schema).properties.isEmpty && !held.contains(name) {
      #expect(name.hasSuffix("List"), "\(name)")
      #expect(Set(contract.shape(schema).properties.keys) == ["items"], "\(name)")
    }
  }

  @Test func listsOfWordsAreThoseOfTheTypes() throws {
    let contract = try Contract()
    func words(_ schema: String, _ property: String? = nil) -> [String] {
      let value = contract.schemas[schema] ?? .null
      let target = property.flatMap { contract.shape(value).properties[$0] } ?? value
      return (contract.resolved(target)["enum"]?.array ?? []).compactMap(\.string).sorted()
    }
    #expect(words("Problem", "type") == ProblemKind.allCases.map(\.type).sorted())
    #expect(words("FieldError", "code") == FieldProblem.Code.allCases.map(\.rawValue).sorted())
    #expect(words("TouchState") == Touch.State.allCases.map(\.rawValue).sorted())
    #expect(words("RunState") == RunState.allCases.map(\.rawValue).sorted())
    #expect(words("RunClass") == RunClass.allCases.map(\.rawValue).sorted())
    #expect(words("RunActionName") == RunAction.Name.allCases.map(\.rawValue).sorted())
    #expect(words("PauseScope") == PauseDraft.Scope.allCases.map(\.rawValue).sorted())
    #expect(words("DeliveryState") == Delivery.State.allCases.map(\.rawValue).sorted())
    #expect(words("RetiredClaimWhy") == RetiredClaim.Why.allCases.map(\.rawValue).sorted())
    #expect(words("ImportSubject") == Import.Subject.allCases.map(\.rawValue).sorted())
    #expect(words("ImportState") == Import.State.allCases.map(\.rawValue).sorted())
    #expect(words("ImportStep") == Import.Step.allCases.map(\.rawValue).sorted())
    #expect(words("Plan", "state") == Plan.State.allCases.map(\.rawValue).sorted())
    #expect(words("Group", "state") == Group.State.allCases.map(\.rawValue).sorted())
    #expect(words("GroupState") == Group.State.allCases.map(\.rawValue).sorted())
    #expect(words("Platform") == Group.Platform.allCases.map(\.rawValue).sorted())
    #expect(words("Goal", "state") == Goal.State.allCases.map(\.rawValue).sorted())
    #expect(words("ConsentKind") == Consent.Kind.allCases.map(\.rawValue).sorted())
    #expect(words("Member", "birthday_calendar") == Birthday.Calendar.allCases.map(\.rawValue).sorted())
    #expect(words("Member", "age_band") == Member.AgeBand.allCases.map(\.rawValue).sorted())
    #expect(words("Member", "sex") == Member.Sex.allCases.map(\.rawValue).sorted())
    #expect(words("Settings", "state") == BrandSettings.State.allCases.map(\.rawValue).sorted())
    #expect(words("QuotaUse", "counted") == ChannelQuota.Counted.allCases.map(\.rawValue).sorted())
    #expect(words("Channel", "state") == Channel.State.allCases.map(\.rawValue).sorted())
    #expect(words("EventType") == EventType.allCases.map(\.rawValue).sorted())
    #expect(words("WantedEventType") == EventType.wantable.map(\.rawValue).sorted())
    #expect(words("NoticeKindName") == NoticeKind.allCases.map(\.rawValue).sorted())
    #expect(words("NoticeMailChoice") == NoticeChoice.Mail.allCases.map(\.rawValue).sorted())
    #expect(words("WebhookState") == Webhook.State.allCases.map(\.rawValue).sorted())
    #expect(words("Webhook", "disabled_why") == Webhook.DisabledWhy.allCases.map(\.rawValue).sorted())
    #expect(words("WebhookDeliveryState") == WebhookDelivery.State.allCases.map(\.rawValue).sorted())
    #expect(words("WebhookDelivery", "fault") == PublicFault.allCases.map(\.rawValue).sorted())
    #expect(words("ContentDraft", "kind") == Content.Kind.allCases.map(\.rawValue).sorted())
    #expect(words("ContentDraft", "weight") == Content.Weight.allCases.map(\.rawValue).sorted())
  }

  /// The examples of bodies that are taken, with the types that take them.
  @Test func examplesAreWhatTheTypesTake() throws {
    let contract = try Contract()
    func check<Draft: Decodable>(_ schema: String, _ type: Draft.Type) throws {
      let example = try #require(contract.schemas[schema]?["example"], "\(schema) has no example")
      #expect(throws: Never.self, "\(schema)") { try StrictDecoding.decode(type, from: example) }
    }
    try check("BrandDraft", BrandDraft.self)
    try check("ChannelDraft", ChannelDraft.self)
    try check("GroupDraft", GroupDraft.self)
    try check("MemberDraft", MemberDraft.self)
    try check("MembershipDraft", MembershipDraft.self)
    try check("GroupFilter", GroupFilter.self)
    try check("GroupPatch", GroupPatch.self)
    try check("GroupEdits", GroupEdits.self)
    try check("GoalDraft", GoalDraft.self)
    try check("DailyRecordDraft", DailyRecordDraft.self)
    try check("DailySheet", DailySheet.self)
    try check("RulesDraft", RulesDraft.self)
    try check("ConsentDraft", ConsentDraft.self)
    try check("ContentDraft", ContentDraft.self)
    try check("PlanDraft", PlanDraft.self)
    try check("ApprovalDraft", ApprovalDraft.self)
    try check("ImportMapping", ImportMappingDraft.self)
    try check("ImportRun", ImportRunDraft.self)
    try check("Resolution", Resolution.self)
    try check("ResendOrder", ResendOrder.self)
    try check("ReadDraft", ReadDraft.self)
    try check("ReadAllDraft", ReadAllDraft.self)
    try check("NoticeSettingsDraft", NoticeSettingsDraft.self)
    try check("InternalRobotDraft", InternalRobotDraft.self)
    try check("WebhookDraft", WebhookDraft.self)
    try check("RedeliveryOrder", RedeliveryOrder.self)
    try check("Once", Recurrence.self)
    try check("Daily", Recurrence.self)
    try check("Weekly", Recurrence.self)
  }

  @Test func everyOperationIsToldApartAndSaysHowItFails() throws {
    let contract = try Contract()
    let ids = contract.operations.compactMap { $0.operation["operationId"]?.string }
    #expect(Set(ids).count == contract.operations.count)
    for (path, method, operation) in contract.operations where path.hasPrefix("/v1") {
      let answers = Set((operation["responses"]?.object ?? [:]).keys)
      #expect(answers.isSuperset(of: ["401", "422", "503"]), "\(method) \(path)")
      #expect(!path.contains("{") || answers.contains("404"), "\(method) \(path)")
      #expect(operation["requestBody"] == nil || answers.contains("413"), "\(method) \(path)")
    }
  }

  @Test func everyReferenceLeadsSomewhere() throws {
    let contract = try Contract()
    func walk(_ value: JSONValue) {
      if value["$ref"] != nil { #expect(contract.resolved(value) != .null, "\(value)") }
      for child in value.object?.values.map({ $0 }) ?? value.array ?? [] { walk(child) }
    }
    walk(contract.document.root)
  }
}

/// The names of an event's data: what every event has, and what the types have.
private enum EventDataKeys: CaseIterable, CodingKey {
  case brand
  case field(EventField)

  static var allCases: [EventDataKeys] { [.brand] + EventField.allCases.map { .field($0) } }

  var stringValue: String {
    switch self {
    case .brand: "brand_id"
    case .field(let field): field.rawValue
    }
  }

  var intValue: Int? { nil }
  init?(stringValue: String) { return nil }
  init?(intValue: Int) { return nil }
}

/// The names of what a webhook is sent; `WebhookSendingTests` holds the bytes to them.
private enum EventKeys: String, CodingKey, CaseIterable {
  case type, timestamp, data
}

private struct MadeWebhookKeys: CodingKey, CaseIterable {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }

  static var allCases: [MadeWebhookKeys] {
    (Webhook.CodingKeys.allCases.map(\.stringValue) + MadeWebhookBody.CodingKeys.allCases.map(\.stringValue))
      .map(MadeWebhookKeys.init)
  }
}

extension StrictDecoding {
  /// What is wrong with a value, without the value.
  static func problems<Value: Decodable>(_ type: Value.Type, _ json: JSONValue) throws -> [FieldProblem] {
    do {
      _ = try decode(type, from: json)
      return []
    } catch let input as InvalidInput {
      return input.problems
    }
  }
}
