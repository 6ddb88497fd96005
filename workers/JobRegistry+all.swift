public import Channels
public import Community
public import JobQueue
public import Logging
public import Tenancy

extension JobRegistry {
  /// Every kind of job that the product has.
  public static func all(
    _ tenancy: Tenancy, index: RunIndex, adapters: [any ChannelAdapter], budgets: [ChannelKind: CallBudget] = [:],
    webhooks: PublicHTTP = PublicHTTP(), timing: DispatchTiming, logger: Logger
  ) -> JobRegistry {
    var registry = JobRegistry()
    registry.register(ExpandTouchJob(tenancy: tenancy, expansion: Expansion(tenancy, index: index)))
    registry.register(
      DeliverTouchJob(
        tenancy: tenancy,
        dispatching: Dispatching(tenancy, adapters: adapters, budgets: budgets, timing: timing, logger: logger)))
    registry.register(ExtendPlanJob(tenancy: tenancy))
    registry.register(CheckImportJob(tenancy: tenancy))
    registry.register(RunImportJob(tenancy: tenancy))
    registry.register(UndoImportJob(tenancy: tenancy))
    registry.register(ForgetImportJob(tenancy: tenancy))
    // All that stands in this lane sends through the one platform that has a budget.
    for budget in budgets.values { registry.keep(DeliverTouch.lane, by: budget) }
    registry.register(
      SendWebhookJob(tenancy: tenancy, sending: WebhookSending(tenancy, http: webhooks, logger: logger)))
    registry.register(TendWebhooksJob(tenancy: tenancy))
    registry.register(SendNoticeJob(tenancy: tenancy))
    return registry
  }
}
