import { z } from 'zod'
import type { AdsFault } from './rpc-error.ts'
import { nextId, record, type SandboxAccount } from './sandbox-account.ts'

/** One operation of `GoogleAdsService.Mutate`, as the proto loader gives it: names of the protos, enums and 64 bits as texts. */
const criterion = z.object({
  campaign: z.string().default(''),
  ad_group: z.string().default(''),
  negative: z.boolean().default(false),
  user_list: z.object({ user_list: z.string() }),
})
const criterionOperation = z.object({ create: criterion.optional(), remove: z.string().optional() })

const operation = z.object({
  campaign_criterion_operation: criterionOperation.optional(),
  ad_group_criterion_operation: criterionOperation.optional(),
  campaign_budget_operation: z
    .object({
      update: z.object({ resource_name: z.string(), amount_micros: z.coerce.number().default(0) }),
      update_mask: z.object({ paths: z.array(z.string()) }).optional(),
    })
    .optional(),
  user_list_operation: z
    .object({
      create: z.object({
        name: z.string(),
        lookalike_user_list: z.object({
          seed_user_list_ids: z.array(z.string()).default([]),
          expansion_level: z.string().default('UNSPECIFIED'),
          country_codes: z.array(z.string()).default([]),
        }),
      }),
    })
    .optional(),
})
type Operation = z.output<typeof operation>

const request = z.object({
  customer_id: z.string(),
  mutate_operations: z.array(operation).default([]),
  validate_only: z.boolean().default(false),
})

/** A change that was checked and can be made. */
interface Change {
  readonly result: object
  make(): void
}

/** The answer, or what is wrong with which operation. Nothing is changed unless everything can be (no partial failure). */
export function mutate(
  account: SandboxAccount,
  raw: unknown,
): { readonly answer: object } | { readonly fault: AdsFault } {
  const parsed = request.safeParse(raw)
  if (!parsed.success)
    return { fault: bad('requestError', 'REQUIRED_FIELD_MISSING', 'An operation is not known.') }
  if (parsed.data.customer_id !== account.customerId)
    return { fault: bad('requestError', 'INVALID_CUSTOMER_ID', 'Invalid customer ID.') }
  const changes: Change[] = []
  const removed = new Set<string>()
  for (const [index, each] of parsed.data.mutate_operations.entries()) {
    const change = plan(account, each, removed)
    if ('name' in change) return { fault: { ...change, operation: index } }
    changes.push(change)
  }
  if (parsed.data.validate_only) return { answer: {} }
  for (const change of changes) change.make()
  return { answer: { mutate_operation_responses: changes.map(({ result }) => result) } }
}

const bad = (category: string, name: string, message: string): AdsFault => ({
  http: 400,
  status: 'INVALID_ARGUMENT',
  category,
  name,
  message,
})

function plan(account: SandboxAccount, each: Operation, removed: Set<string>): Change | AdsFault {
  if (each.campaign_criterion_operation)
    return planCriterion(account, 'campaign', each.campaign_criterion_operation, removed)
  if (each.ad_group_criterion_operation)
    return planCriterion(account, 'ad_group', each.ad_group_criterion_operation, removed)
  if (each.campaign_budget_operation) return planBudget(account, each.campaign_budget_operation)
  if (each.user_list_operation) return planLookalike(account, each.user_list_operation.create)
  return bad('requestError', 'OPERATION_REQUIRED', 'The operation is missing.')
}

function planCriterion(
  account: SandboxAccount,
  level: 'campaign' | 'ad_group',
  { create, remove }: z.output<typeof criterionOperation>,
  removed: Set<string>,
): Change | AdsFault {
  const { criteria } = account
  const collection = level === 'campaign' ? 'campaignCriteria' : 'adGroupCriteria'
  const nameOf = (owner: string, id: string): string =>
    `customers/${account.customerId}/${collection}/${owner}~${id}`
  const result = (name: string): object => ({ [`${level}_criterion_result`]: { resource_name: name } })
  if (remove !== undefined) {
    const found = criteria.find((each) => each.level === level && nameOf(each.owner, each.id) === remove)
    if (!found) return bad('mutateError', 'RESOURCE_NOT_FOUND', 'Resource was not found.')
    removed.add(remove)
    return {
      result: result(remove),
      make() {
        criteria.splice(criteria.indexOf(found), 1)
        record(account, 'criterion_remove', remove)
      },
    }
  }
  if (!create) return bad('requestError', 'OPERATION_REQUIRED', 'The operation is missing.')
  const owner = (level === 'campaign' ? create.campaign : create.ad_group).split('/').at(-1) ?? ''
  const list = create.user_list.user_list
  if (!account.lists.has(list.split('/').at(-1) ?? ''))
    return bad('criterionError', 'INVALID_USER_LIST', 'The user list is not valid.')
  // The id of a criterion of a list is one per list, so an excluded list cannot be targeted as well.
  const taken = criteria.find((each) => each.level === level && each.owner === owner && each.list === list)
  if (taken && !removed.has(nameOf(owner, taken.id)))
    return bad('criterionError', 'CANNOT_ADD_CRITERIA_TYPE', 'The list is used there already.')
  const id = nextId(account)
  return {
    result: result(nameOf(owner, id)),
    make() {
      criteria.push({ level, owner, id, list, negative: create.negative })
      record(account, create.negative ? 'criterion_exclude' : 'criterion_target', owner, [list])
    },
  }
}

/** The smallest coin in millionths, of the currencies that the sandbox knows. */
const coins: Readonly<Record<string, number>> = { JPY: 1_000_000, KRW: 1_000_000 }

function planBudget(
  account: SandboxAccount,
  { update, update_mask }: NonNullable<Operation['campaign_budget_operation']>,
): Change | AdsFault {
  const budget = account.budgets.get(update.resource_name.split('/').at(-1) ?? '')
  if (!budget) return bad('mutateError', 'RESOURCE_NOT_FOUND', 'Resource was not found.')
  // Without a mask nothing would be changed (chapter 3.5: it is required).
  if (!update_mask?.paths.includes('amount_micros'))
    return bad(
      'fieldMaskError',
      'FIELD_MASK_MISSING',
      'The field mask must be provided for update operations.',
    )
  if (update.amount_micros % (coins[account.currency] ?? 10_000) !== 0)
    return bad('campaignBudgetError', 'NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT', 'Not a multiple of the unit.')
  return {
    result: { campaign_budget_result: { resource_name: update.resource_name } },
    make() {
      budget.amountMicros = update.amount_micros
      record(account, 'budget_update', budget.id)
    },
  }
}

type NewList = NonNullable<Operation['user_list_operation']>['create']

/** Errors of chapter 3.3. */
function planLookalike(
  account: SandboxAccount,
  { name, lookalike_user_list: wanted }: NewList,
): Change | AdsFault {
  const { seed_user_list_ids: seeds, expansion_level: expansion, country_codes: countries } = wanted
  if (!seeds.every((seed) => account.lists.has(seed)))
    return bad('userListError', 'SEED_LIST_DOES_NOT_EXIST', 'Seed list does not exist.')
  if (!countries.every((country) => /^[A-Z]{2}$/.test(country)) || countries.length === 0)
    return bad('userListError', 'INVALID_COUNTRY_CODES', 'Invalid country codes.')
  const same = (each: (typeof account.lookalikes)[number]): boolean =>
    each.expansion === expansion &&
    each.seeds.join() === seeds.join() &&
    each.countries.join() === countries.join()
  if (account.lookalikes.some(same))
    return bad('userListError', 'DUPLICATE_LOOKALIKE', 'An identical lookalike list exists.')
  if (account.lookalikes.some((each) => each.name === name))
    return bad('userListError', 'NAME_ALREADY_USED', 'Name is already being used.')
  const id = nextId(account)
  return {
    result: {
      user_list_result: { resource_name: `customers/${account.customerId}/userLists/${id}` },
    },
    make() {
      account.lookalikes.push({ id, name, seeds, expansion, countries })
      record(account, 'lookalike_create', id, seeds)
    },
  }
}
