public import Hummingbird
import Tenancy

/// The API with everything wired: the command serves it, and the tests ask it.
///
/// - Throws: when the OpenAPI document cannot be read, which is a fault of the build.
public func buildAPI(_ dependencies: APIDependencies) throws -> Router<APIContext> {
  let document = try OpenAPIDocument.load()
  let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
  router.add(middleware: AnswerHeaders())
  router.add(middleware: RequestLog(logger: dependencies.logger))
  router.add(middleware: RequestTrace())
  router.add(middleware: RequestOrigin())
  router.add(middleware: ProblemAnswers(routes: RouteTable(document), logger: dependencies.logger))
  OperationsRoutes(readiness: dependencies.readiness, metricsText: dependencies.metricsText).add(to: router.group())
  ContractRoute(document: document).add(to: router.group())

  let callers = KnownCallers(dependencies.tenancy, memory: dependencies.limits.keyMemory)
  let rights = Authorization(rights: RouteRights(document))
  let known = router.group("v1").add(middleware: Authentication(callers: callers))
  let agency = known.group(context: CallerContext.self)
  AgencyRoutes(dependencies: dependencies).add(to: agency.group().add(middleware: rights))
  NoticeRoutes(dependencies: dependencies).add(to: agency.group().add(middleware: rights))

  let resolved = agency.group("brands/{brand}").add(middleware: BrandResolution(tenancy: dependencies.tenancy))
    .add(middleware: rights)
  BrandRoutes(dependencies: dependencies).add(to: resolved)
  let brand = resolved.group(context: BrandContext.self)
  let endpoints = BrandEndpoints(dependencies: dependencies)
  SettingsRoutes(api: endpoints).add(to: brand)
  ChannelRoutes(api: endpoints).add(to: brand)
  GroupRoutes(api: endpoints).add(to: brand)
  MemberRoutes(api: endpoints).add(to: brand)
  MembershipRoutes(api: endpoints).add(to: brand)
  ImportRoutes(api: endpoints).add(to: brand)
  ExportRoutes(api: endpoints).add(to: brand)
  ConsentRoutes(api: endpoints).add(to: brand)
  RulesRoutes(api: endpoints).add(to: brand)
  GoalRoutes(api: endpoints).add(to: brand)
  DailyRecordRoutes(api: endpoints).add(to: brand)
  MediaRoutes(api: endpoints).add(to: brand)
  ContentRoutes(api: endpoints).add(to: brand)
  PlanRoutes(api: endpoints).add(to: brand)
  TouchRoutes(api: endpoints).add(to: brand)
  DeliveryRoutes(api: endpoints).add(to: brand)
  RunRoutes(api: endpoints).add(to: brand)
  PauseRoutes(api: endpoints).add(to: brand)
  AuditRoutes(api: endpoints).add(to: brand)
  WebhookRoutes(api: endpoints).add(to: brand)
  return router
}
