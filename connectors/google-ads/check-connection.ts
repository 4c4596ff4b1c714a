import { z } from 'zod'
import type { ConnectionCheck } from '../../core/connector/connector.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { readAccount } from './account.ts'
import { accessToken, callDataManager, type GoogleAdsContext } from './data-manager.ts'
import { createJob } from './offline-jobs/offline-job.ts'
import { isContactList, listUserLists, userListsPath } from './user-list.ts'

/** Tells, one line each, whether access, both APIs and the terms are in order. */
export async function checkConnection(context: GoogleAdsContext): Promise<readonly ConnectionCheck[]> {
  const access = await checkLine(
    'access is granted',
    'Authorise the connection again, or give the key of a service account that exists.',
    () => accessToken(context),
  )
  if (!access.ok) return [access]
  const lists = await checkLine(
    'the Data Manager API may be used for this account',
    'Enable the Data Manager API in the Cloud project, authorise the scope datamanager, and make the person or service account a user of the Google Ads account.',
    () => readFirstList(context),
  )
  const reports = await checkLine(
    'the Google Ads API may be used for this account',
    'Enable the Google Ads API in the Cloud project and authorise the scope adwords; give login_customer_id when access is through a manager account.',
    () => readAccount(context),
  )
  const terms = context.config.customer_match_terms_accepted
    ? { ok: true }
    : {
        ok: false,
        remedy:
          'A person accepts the Customer Match terms in Google Ads (Audience manager) and sets customer_match_terms_accepted to true.',
      }
  const oldPath = context.config.upload_path === 'offline_jobs' ? await checkOldPath(context) : []
  return [access, lists, reports, { name: 'the Customer Match terms are accepted', ...terms }, ...oldPath]
}

/** Has Google check a job for any list of the account, without making it. Nothing can be told while there is no list. */
async function checkOldPath(context: GoogleAdsContext): Promise<readonly ConnectionCheck[]> {
  const act = 'checking the old upload path'
  for await (const lists of listUserLists(context)) {
    const list = lists.find((each) => isContactList(each) && !each.readOnly)
    if (!list) continue
    const line = await checkLine(
      'the old upload path may be used',
      'Google has closed it to this account: set upload_path to "data_manager".',
      () => createJob(context, { act, list: list.id, validateOnly: true }),
    )
    return [line]
  }
  return []
}

/** A refusal of the platform becomes a failed line; whatever else goes wrong (network, limits) ends the test. */
async function checkLine(
  name: string,
  remedy: string,
  probe: () => Promise<unknown>,
): Promise<ConnectionCheck> {
  try {
    await probe()
    return { name, ok: true }
  } catch (error) {
    if (!(error instanceof PlatformError) || !refusals.has(error.code)) throw error
    const { remedy: special } = error.params
    return { name, ok: false, remedy: typeof special === 'string' ? special : remedy }
  }
}

const refusals: ReadonlySet<string> = new Set([
  'platform.auth_expired',
  'platform.permission_missing',
  'platform.terms_not_accepted',
  'platform.not_found',
])

function readFirstList(context: GoogleAdsContext): Promise<unknown> {
  return callDataManager(context, {
    act: 'checking the right to user lists',
    method: 'GET',
    path: userListsPath(context.config),
    query: { pageSize: '1' },
    answer: z.object({ userLists: z.array(z.unknown()).default([]) }),
  })
}
