import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { graphError, noSuchObject, wrongParameter } from './graph-error.ts'
import type { InsightQuery, ReportRun, SandboxInsight } from './insight-store.ts'
import { readObject, readParameters, readText, showNode } from './request-parameters.ts'
import { record, type SandboxAccount } from './sandbox-account.ts'
import { toPage } from './to-page.ts'

/** Fields of section 1.4 of the platform notes, and the ids and names of each level. */
const knownFields = new Set(
  [
    'impressions clicks inline_link_clicks ctr inline_link_click_ctr cpc cpm spend reach frequency actions action_values',
    'cost_per_action_type conversions conversion_values purchase_roas website_purchase_roas date_start date_stop',
    'account_id account_name account_currency campaign_id campaign_name adset_id adset_name ad_id ad_name',
  ].flatMap((line) => line.split(' ')),
)
const levels = ['account', 'campaign', 'adset', 'ad']

/** `/act_{id}/insights`, at once or as a report run, and the run's own edges. Run ids begin with 60. */
export function insightRoutes(account: SandboxAccount): readonly SandboxRoute[] {
  const edge = /^\/v\d+\.\d+\/act_\d+\/insights$/
  const node = /^\/v\d+\.\d+\/(?<run>60\d+)$/
  const result = /^\/v\d+\.\d+\/(?<run>60\d+)\/insights$/
  const known = (request: SandboxRequest, answer: (run: ReportRun) => SandboxReply): SandboxReply => {
    const id = request.params['run'] ?? ''
    const run = account.insights.runs.get(id)
    return run ? answer(run) : noSuchObject(id)
  }
  return [
    { method: 'GET', pattern: edge, answer: (request) => readAtOnce(account, request) },
    { method: 'POST', pattern: edge, answer: (request) => startRun(account, request) },
    {
      method: 'GET',
      pattern: node,
      answer: (request) => known(request, (run) => showRun(account, request, run)),
    },
    {
      method: 'GET',
      pattern: result,
      answer: (request) => known(request, (run) => readRun(account, request, run)),
    },
  ]
}

const tooMuch = (): SandboxReply =>
  graphError({
    code: 1,
    status: 500,
    message: "Please reduce the amount of data you're asking for, then retry your request",
  })

function readAtOnce(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const query = readQuery(request)
  if ('refused' in query) return query.refused
  const lines = account.insights.find(query)
  return lines.length > account.insights.mostAtOnce ? tooMuch() : answerLines(request, lines, query.fields)
}

function startRun(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const query = readQuery(request)
  if ('refused' in query) return query.refused
  const run = account.insights.start(query)
  record(account, 'report_run', run.id)
  return { status: 200, body: { report_run_id: run.id } }
}

function showRun(account: SandboxAccount, request: SandboxRequest, run: ReportRun): SandboxReply {
  const [status, percent] = account.insights.look(run)
  const failed = status === 'Job Failed'
  const state = {
    id: run.id,
    async_status: status,
    async_percent_completion: percent,
    // From v25 on a failed run says why.
    ...(failed && { error_code: 2601, error_message: 'The report is too large.', error_subcode: 1_487_534 }),
  }
  return { status: 200, body: showNode(state, (request.query.get('fields') ?? '').split(',')) }
}

function readRun(account: SandboxAccount, request: SandboxRequest, run: ReportRun): SandboxReply {
  if (!account.insights.isReady(run)) return graphError({ code: 2601, message: 'Job incomplete' })
  return answerLines(request, account.insights.find(run.query), run.query.fields)
}

function answerLines(
  request: SandboxRequest,
  lines: readonly SandboxInsight[],
  fields: readonly string[],
): SandboxReply {
  return toPage(request, lines, ({ day, values }) => ({
    ...Object.fromEntries(Object.entries(values).filter(([name]) => fields.includes(name))),
    date_start: day,
    date_stop: day,
  }))
}

function readQuery(request: SandboxRequest): InsightQuery | { readonly refused: SandboxReply } {
  const parameters = readParameters(request)
  const level = readText(parameters, 'level', 'account')
  const fields = readText(parameters, 'fields', '')
    .split(',')
    .filter((name) => name !== '')
  const unknown = fields.find((name) => !knownFields.has(name))
  if (unknown !== undefined) return { refused: wrongParameter(`${unknown} is not valid for fields param.`) }
  if (!levels.includes(level)) return { refused: wrongParameter('Param level must be one of the levels.') }
  if (Number(parameters['time_increment']) !== 1)
    return { refused: wrongParameter('The sandbox reports by day: time_increment=1.') }
  const range = readObject(parameters['time_range'])
  const [since, until] = [String(range?.['since']), String(range?.['until'])]
  if (![since, until].every((day) => /^\d{4}-\d{2}-\d{2}$/.test(day)) || since > until)
    return { refused: wrongParameter('Param time_range must have since and until.') }
  return { level, since, until, fields }
}
