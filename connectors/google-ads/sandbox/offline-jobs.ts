import { z } from 'zod'
import type { Member } from './member-request.ts'
import type { AdsFault } from './rpc-error.ts'
import {
  nextId,
  type ReportRow,
  type SandboxAccount,
  type SandboxJob,
  type SandboxList,
} from './sandbox-account.ts'
import { consentFault, identifiersOf } from './uploads.ts'

/** Chapter 3.2: "processing takes hours, up to 24". */
const processingMs = 6 * 3_600_000
/** Chapter 3.2: 20 identifiers an operation, 100,000 a request. */
const mostOfOperation = 20
const mostOfRequest = 100_000

const text = z.string().default('')
const createRequest = z.object({
  customer_id: z.string(),
  job: z.object({
    type: z.literal('CUSTOMER_MATCH_USER_LIST'),
    customer_match_user_list_metadata: z.object({
      user_list: z.string(),
      consent: z
        .object({ ad_user_data: text, ad_personalization: text })
        .nullish()
        .transform((given) => given ?? { ad_user_data: '', ad_personalization: '' }),
    }),
  }),
  validate_only: z.boolean().default(false),
})

const userData = z.object({
  user_identifiers: z
    .array(
      z.object({
        hashed_email: text,
        hashed_phone_number: text,
        address_info: z
          .object({ hashed_first_name: text, hashed_last_name: text, country_code: text, postal_code: text })
          .nullish(),
      }),
    )
    .default([]),
})
const addRequest = z.object({
  resource_name: z.string(),
  enable_partial_failure: z.boolean().default(false),
  operations: z
    .array(
      z.object({
        create: userData.nullish(),
        remove: userData.nullish(),
        remove_all: z.boolean().default(false),
      }),
    )
    .default([]),
})
const runRequest = z.object({ resource_name: z.string() })

type Answer = { readonly answer: object } | { readonly fault: AdsFault }
type Operation = z.output<typeof addRequest>['operations'][number]

const fault = (name: string, message: string, category = 'offlineUserDataJobError'): AdsFault => ({
  http: 400,
  status: 'INVALID_ARGUMENT',
  category,
  name,
  message,
})

/** Refused to everybody whom Google did not see upload before (trap 1). */
export function createOfflineJob(account: SandboxAccount, raw: unknown): Answer {
  if (!account.oldPathAllowed) return { fault: notAllowed }
  const parsed = createRequest.safeParse(raw)
  if (!parsed.success || parsed.data.customer_id !== account.customerId)
    return { fault: fault('REQUIRED_FIELD_MISSING', 'The job is not complete.', 'requestError') }
  const { user_list: name, consent } = parsed.data.job.customer_match_user_list_metadata
  const list = account.lists.get(name.split('/').at(-1) ?? '')
  const consents = { adUserData: consent.ad_user_data, adPersonalization: consent.ad_personalization }
  const wrong = faultOfList(list) ?? faultOfTerms(account, consents)
  if (wrong || !list) return { fault: wrong ?? notAllowed }
  if (parsed.data.validate_only) return { answer: {} }
  const job = `customers/${account.customerId}/offlineUserDataJobs/${nextId(account)}`
  account.jobs.set(job, { list: list.id, consent: consents, operations: [], isStarted: false })
  return { answer: { resource_name: job } }
}

function faultOfList(list: SandboxList | undefined): AdsFault | undefined {
  if (!list) return fault('INVALID_USER_LIST_ID', 'The user list is not valid.')
  return list.uploadKeyTypes.includes('CONTACT_ID')
    ? undefined
    : fault('INVALID_USER_LIST_TYPE', 'The type of the user list is not valid.')
}

/** Chapter 3.2: a denied consent is answered as terms that are not accepted. */
function faultOfTerms(account: SandboxAccount, consent: SandboxJob['consent']): AdsFault | undefined {
  return account.termsAccepted && !Object.values(consent).includes('DENIED')
    ? undefined
    : fault('CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS', 'The terms are not accepted.')
}

const notAllowed: AdsFault = {
  http: 403,
  status: 'PERMISSION_DENIED',
  category: 'notAllowlistedError',
  name: 'CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE',
  message: 'Customer is not allowlisted for accessing this feature.',
}

/** Takes people, or says which ones it refuses: all of the request fails for one without partial failure. */
export function addOperations(
  account: SandboxAccount,
  raw: unknown,
): { readonly refused: readonly AdsFault[] } | { readonly fault: AdsFault } {
  const parsed = addRequest.parse(raw)
  const job = account.jobs.get(parsed.resource_name)
  if (!job) return { fault: fault('RESOURCE_NOT_FOUND', 'Resource was not found.', 'mutateError') }
  const wrong = faultOfRequest(job, parsed.operations)
  if (wrong) return { fault: wrong }
  const told = account.refusedOperations
  account.refusedOperations = undefined
  const refused = parsed.operations.flatMap((each, operation) => {
    const isTold = told?.places.includes(operation) ?? false
    const found = isTold ? fault(told?.name ?? '', 'The value is malformed.') : faultOfOperation(each)
    return found ? [{ ...found, operation }] : []
  })
  const [first] = refused
  if (first && !parsed.enable_partial_failure) return { fault: first }
  const bad = new Set(refused.map(({ operation }) => operation))
  job.operations.push(...parsed.operations.filter((_, index) => !bad.has(index)).map(toOperation))
  return { refused }
}

function faultOfRequest(job: SandboxJob, operations: readonly Operation[]): AdsFault | undefined {
  if (job.isStarted) return fault('JOB_ALREADY_STARTED', 'The job was started already.')
  const kinds = [...job.operations, ...operations.map(toOperation)].map(({ kind }) => kind)
  if (kinds.includes('create') && kinds.includes('remove'))
    return fault('CONFLICTING_OPERATION', 'Creating and removing in one job is not allowed.')
  if (kinds.indexOf('remove_all') > 0)
    return fault('INVALID_OPERATION_ORDER', 'Remove-all has to be the first operation.')
  const identifiers = operations.reduce((sum, each) => sum + identifiersIn(each).length, 0)
  return identifiers > mostOfRequest
    ? fault('TOO_MANY_USER_IDENTIFIERS', 'At most 100,000 identifiers in one request.')
    : undefined
}

const identifiersIn = ({ create, remove }: Operation): z.output<typeof userData>['user_identifiers'] =>
  (create ?? remove)?.user_identifiers ?? []

function faultOfOperation(operation: Operation): AdsFault | undefined {
  if (operation.remove_all) return undefined
  const identifiers = identifiersIn(operation)
  if (identifiers.length === 0) return fault('MISSING_USER_IDENTIFIER', 'The user identifier is missing.')
  if (identifiers.length > mostOfOperation)
    return fault('TOO_MANY_USER_IDENTIFIERS', 'At most 20 identifiers in one operation.')
  const hashes = identifiers.flatMap(({ hashed_email, hashed_phone_number, address_info: address }) =>
    address ? [address.hashed_first_name, address.hashed_last_name] : [hashed_email || hashed_phone_number],
  )
  if (!hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash)))
    return fault('INVALID_SHA256_FORMAT', 'The SHA256 encoded value is malformed.')
  const countries = identifiers.flatMap(({ address_info: address }) => address?.country_code ?? [])
  return countries.every((country) => /^[A-Z]{2}$/.test(country))
    ? undefined
    : fault('INVALID_COUNTRY_CODE', 'The country code is invalid.')
}

/** The same person in the words of the other API, so that both paths fill the same list. */
function toOperation(operation: Operation): SandboxJob['operations'][number] {
  const userIdentifiers = identifiersIn(operation).map(
    ({ hashed_email, hashed_phone_number, address_info }) => {
      if (address_info) {
        const { hashed_first_name, hashed_last_name, country_code, postal_code } = address_info
        return {
          address: {
            givenName: hashed_first_name,
            familyName: hashed_last_name,
            regionCode: country_code,
            postalCode: postal_code,
          },
        }
      }
      return hashed_email === '' ? { phoneNumber: hashed_phone_number } : { emailAddress: hashed_email }
    },
  )
  const member: Member = { userData: { userIdentifiers } }
  if (operation.remove_all) return { kind: 'remove_all', member }
  return { kind: operation.create ? 'create' : 'remove', member }
}

/** From here it is worked off like every upload, only later. */
export function runOfflineJob(account: SandboxAccount, raw: unknown): Answer {
  const { resource_name: name } = runRequest.parse(raw)
  const job = account.jobs.get(name)
  if (!job) return { fault: fault('RESOURCE_NOT_FOUND', 'Resource was not found.', 'mutateError') }
  if (job.isStarted) return { fault: fault('JOB_ALREADY_STARTED', 'The job was started already.') }
  job.isStarted = true
  const acceptedAt = account.clock.now()
  const kinds = job.operations.map(({ kind }) => kind)
  account.uploads.set(name, {
    id: name,
    kind: kinds.includes('remove_all') ? 'remove_all' : kinds.includes('remove') ? 'remove' : 'ingest',
    lists: [job.list],
    members: job.operations.filter(({ kind }) => kind !== 'remove_all').map((each) => toMember(job, each)),
    asOf: acceptedAt,
    acceptedAt,
    endsAt: acceptedAt + processingMs,
    state: 'PROCESSING',
  })
  return { answer: { name: `${name}/operation`, done: false } }
}

function toMember(
  { consent }: SandboxJob,
  { kind, member }: SandboxJob['operations'][number],
): { identifiers: readonly string[]; refused?: string } {
  const refused = kind === 'create' ? consentFault(member, toConsents(consent)) : undefined
  return { identifiers: identifiersOf(member), ...(refused !== undefined && { refused }) }
}

const toConsents = ({ adUserData, adPersonalization }: SandboxJob['consent']) =>
  ({ adUserData: toStatus(adUserData), adPersonalization: toStatus(adPersonalization) }) as const

const toStatus = (written: string): 'CONSENT_GRANTED' | 'CONSENT_STATUS_UNSPECIFIED' =>
  written === 'GRANTED' ? 'CONSENT_GRANTED' : 'CONSENT_STATUS_UNSPECIFIED'

/** Jobs as GAQL shows them: pending until they are run (trap 2), without counts of people at the end. */
export function jobRows(account: SandboxAccount): ReportRow[] {
  return [...account.jobs.keys()].map((name) => {
    const state = account.uploads.get(name)?.state
    const isDone = state === 'SUCCESS' || state === 'PARTIAL_SUCCESS'
    const status = state === 'PROCESSING' ? 'RUNNING' : isDone ? 'SUCCESS' : (state ?? 'PENDING')
    const range = account.matchRate < 20 ? 'MATCH_RANGE_LESS_THAN_20' : 'MATCH_RANGE_91_TO_100'
    return {
      'offline_user_data_job.resource_name': name,
      'offline_user_data_job.id': name.split('/').at(-1) ?? '',
      'offline_user_data_job.status': status,
      ...(isDone && { 'offline_user_data_job.operation_metadata.match_rate_range': range }),
      ...(status === 'FAILED' &&
        account.failUploads !== undefined && {
          'offline_user_data_job.failure_reason': account.failUploads,
        }),
    }
  })
}
