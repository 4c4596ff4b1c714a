import type { Workspace } from '../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../core/manifest/parse-manifest.ts'

/** Fifty rules: traits, sums and counts in windows from a minute to two months, absences, a computed trait, one segment in another. */
function liveRules(): ReadonlyMap<string, string> {
  const countries = ['FR', 'DE', 'US', 'ES']
  const rules = Array.from({ length: 48 }, (_, index): string => {
    const country = `country = "${countries[index % 4] ?? 'FR'}"`
    switch (index % 6) {
      case 0:
        return `${country} and sum(purchase.amount, last ${index + 1} days) > ${index * 5}`
      case 1:
        return `count(open, last ${index + 1} hours) >= 2`
      case 2:
        return `plan = "pro" and not performed(open, last ${index + 3} days)`
      case 3:
        return `performed(view, last ${index} minutes) or performed(purchase, last ${index} minutes)`
      case 4:
        return `orders >= ${1 + (index % 5)} and ${country}`
      default:
        return `recency(purchase, last ${index + 10} days) < ${index}`
    }
  })
  return new Map([
    ...rules.map((rule, index): [string, string] => [`live-${index}`, rule]),
    ['probe', 'performed(probe, last 1 minute)'],
    ['probe-in-france', 'in segment probe and country = "FR"'],
  ])
}

/** Who is known, what they do, and the rules. */
export function liveWorkspace(): Workspace {
  const person = { user_id: { from: 'userId' } }
  const events = ['purchase', 'open', 'view', 'probe']
  const manifests = [
    {
      kind: 'profile_schema',
      name: 'people',
      traits: {
        country: { type: 'text' },
        plan: { type: 'text' },
        orders: { type: 'number', computed: { event: 'purchase' } },
      },
      identifiers: { user_id: { form: 'exact' }, email: { form: 'email' } },
      events: Object.fromEntries(events.map((event) => [event, { properties: { amount: 'number' } }])),
    },
    {
      kind: 'connection',
      name: 'crm',
      connector: 'files',
      config: { folder: '.', streams: { people: { path: 'people.csv', format: 'csv', id: 'user' } } },
    },
    {
      kind: 'mapping',
      name: 'people',
      connection: 'crm',
      stream: 'people',
      identifiers: { user_id: { from: 'user' }, email: { from: 'email' } },
      traits: { country: { from: 'country' }, plan: { from: 'plan' } },
    },
    {
      kind: 'mapping',
      name: 'track',
      connection: 'events',
      stream: 'track',
      events: events.map((event) => ({
        event,
        where: [{ from: 'event', op: 'equals', value: event }],
        person,
        time: { from: 'timestamp', apply: ['datetime'] },
        properties: { amount: { from: 'properties.amount' } },
      })),
    },
    ...[...liveRules()].map(([name, rule]) => ({ kind: 'segment', name, rule })),
  ]
  const workspace = toWorkspace(manifests.map((manifest) => parseManifest({ version: 1, ...manifest })))
  if (!workspace) throw new TypeError('the workspace has a profile schema')
  return workspace
}
