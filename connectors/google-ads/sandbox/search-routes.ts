import { z } from 'zod'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { parseGaql, runGaql } from './gaql.ts'
import { jobRows } from './offline-jobs.ts'
import { adsError } from './rpc-error.ts'
import type { ReportRow, SandboxAccount, SandboxBudget } from './sandbox-account.ts'

/** `POST /v25/customers/{id}/googleAds:search`: chapter 3.4. */
export function searchRoutes(account: SandboxAccount): readonly SandboxRoute[] {
  return [
    {
      method: 'POST',
      pattern: /^\/v\d+\/customers\/(?<customer>[^/]+)\/googleAds:search$/,
      answer: (request) => search(account, request),
    },
  ]
}

const body = z.object({
  query: z.string(),
  page_token: z.string().default(''),
  page_size: z.number().optional(),
})

const refuse = (category: string, name: string, message: string): SandboxReply =>
  adsError({ http: 400, status: 'INVALID_ARGUMENT', category, name, message })

function search(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  // Trap 7: numbers with hyphens.
  if (request.params['customer'] !== account.customerId)
    return refuse('requestError', 'INVALID_CUSTOMER_ID', 'Invalid customer ID.')
  const parsed = body.safeParse(request.body)
  if (!parsed.success) return refuse('requestError', 'REQUIRED_FIELD_MISSING', 'The query is missing.')
  const { query: text, page_token: token, page_size: size } = parsed.data
  if (size !== undefined)
    return refuse('requestError', 'PAGE_SIZE_NOT_SUPPORTED', 'Setting the page size is not supported.')
  const query = parseGaql(text)
  if (!query) return refuse('queryError', 'QUERY_ERROR', `Error in query: ${text.slice(0, 40)}`)
  const rows = rowsOf(account, query.from)
  if (!rows)
    return refuse('queryError', 'BAD_RESOURCE_TYPE_IN_FROM_CLAUSE', `'${query.from}' is not a resource.`)
  const from = token === '' ? 0 : Number(token.replace(/^page-/, ''))
  if (!Number.isInteger(from))
    return refuse('requestError', 'INVALID_PAGE_TOKEN', 'The page token is not valid.')
  const found = runGaql(query, withImpressions(rows, query.select))
  const page = found.slice(from, from + account.pageSize)
  const next = from + account.pageSize
  return {
    status: 200,
    body: {
      ...(page.length > 0 && { results: page }),
      ...(next < found.length && { nextPageToken: `page-${next}` }),
      fieldMask: query.select.join(','),
    },
  }
}

/** Zero rows vanish when `segments.*` are selected (chapter 3.4). */
function withImpressions(rows: readonly ReportRow[], select: readonly string[]): readonly ReportRow[] {
  if (!select.some((column) => column.startsWith('segments.'))) return rows
  return rows.filter((row) => Number(row['metrics.impressions'] ?? 0) > 0)
}

const reports = ['campaign', 'ad_group_audience_view', 'campaign_audience_view']

function rowsOf(account: SandboxAccount, resource: string): readonly ReportRow[] | undefined {
  if (resource === 'customer') return [customerRow(account)]
  if (resource === 'campaign_budget')
    return [...account.budgets.values()].map((each) => budgetRow(account, each))
  if (resource === 'offline_user_data_job') return jobRows(account)
  if (resource === 'campaign_criterion') return criterionRows(account, 'campaign')
  if (resource === 'ad_group_criterion') return criterionRows(account, 'ad_group')
  return reports.includes(resource) ? (account.rows.get(resource) ?? []) : undefined
}

function customerRow(account: SandboxAccount): ReportRow {
  return {
    'customer.resource_name': `customers/${account.customerId}`,
    'customer.id': account.customerId,
    'customer.currency_code': account.currency,
    'customer.time_zone': account.timeZone,
  }
}

function budgetRow(account: SandboxAccount, budget: SandboxBudget): ReportRow {
  return {
    'campaign_budget.resource_name': `customers/${account.customerId}/campaignBudgets/${budget.id}`,
    'campaign_budget.id': budget.id,
    'campaign_budget.name': budget.name,
    'campaign_budget.status': 'ENABLED',
    'campaign_budget.period': budget.period,
    'campaign_budget.amount_micros': String(budget.amountMicros),
    'campaign_budget.explicitly_shared': budget.explicitlyShared,
    'campaign_budget.reference_count': String(budget.referenceCount),
  }
}

function criterionRows(account: SandboxAccount, level: 'campaign' | 'ad_group'): ReportRow[] {
  const resource = `${level}_criterion`
  const collection = level === 'campaign' ? 'campaignCriteria' : 'adGroupCriteria'
  return account.criteria
    .filter((criterion) => criterion.level === level)
    .map(({ owner, id, list, negative }) => ({
      [`${level}.id`]: owner,
      [`${resource}.resource_name`]: `customers/${account.customerId}/${collection}/${owner}~${id}`,
      [`${resource}.negative`]: negative,
      [`${resource}.status`]: 'ENABLED',
      [`${resource}.type`]: 'USER_LIST',
      [`${resource}.user_list.user_list`]: list,
    }))
}
