import type { Hit } from './find-marks.ts'

/** A place that a mark may be found at, and why. */
export interface Allowed {
  readonly place: RegExp
  /** Only these marks. Default: all. */
  readonly mark?: RegExp
  readonly reason: string
}

/** Secrets: shown once to whom they are made for, and nowhere else. */
export const allowedSecrets: readonly Allowed[] = [
  {
    place: /^errors of serve x$/,
    mark: /^a planted secret$/,
    reason: 'A word that is no port is repeated to whom typed it, on the terminal that it was typed at.',
  },
  { place: /^output of serve$/, mark: /^first link$/, reason: 'It makes the first administrator, once.' },
  { place: /^page POST \/join \(short\)$/, mark: /^first link$/, reason: 'The form of who opened the link.' },
  { place: /^page /, mark: /^cookie /, reason: 'Set-Cookie to the browser that it is made for.' },
  {
    place: /^page (POST \/install|GET \/sign-in\/oidc)$/,
    mark: /^(state|nonce) /,
    reason: 'The browser takes it to the platform and back: it is worth nothing without its cookie.',
  },
  {
    place: /^answer to POST \/v1\/connections\/app\/authorization$/,
    mark: /^link of an installation$/,
    reason: 'Made for who asks for it, good once.',
  },
  {
    place: /^(output|errors) of keys create --write website --json$/,
    mark: /^write key$/,
    reason: 'Shown to who made it, once.',
  },
  { place: /^answer to POST \/v1\/api-keys$/, mark: /^API key$/, reason: 'Shown to who made it, once.' },
  {
    place: /^answer to POST \/v1\/users$/,
    mark: /^link for a user$/,
    reason: 'Shown to who invites, once.',
  },
  {
    place: /^serving\/local-token$/,
    mark: /^local token$/,
    reason: 'For the commands of this machine, 0600.',
  },
]

/** People: the stores meant for them, and the answers to who may see them and asked for it. */
export const allowedPeople: readonly Allowed[] = [
  {
    place: /^(data|serving|\w+-backup)\/warehouse\.duckdb(\.wal)?$/,
    reason: 'The store of people, and its copy in a backup.',
  },
  {
    place:
      /^warehouse\.(consent_entry|delivery|event_person|profile|record_identifier|record_trait|rectification|source_record)$/,
    reason: 'Tables of the store of people; erasure goes through all of them.',
  },
  {
    place: /^(serving|served-backup)\/events\.sqlite(-wal)?$/,
    reason: 'The spool, until it is drained; and its copy.',
  },
  { place: /^(beside|alone)-export\//, reason: 'What a person is given of themselves, in a folder of 0700.' },
  {
    place: /^folder\/alone-plan\.json$/,
    reason: 'Example rows of a plan, as the option says, 0600.',
  },
  {
    place: /^(output|errors) of (explain everyone-to-crm|plan --out)$/,
    reason: 'What the person at this machine asked to see of people.',
  },
  {
    place: /^answer to POST \/v1\/people\/(export|erase\/preview)$/,
    reason: 'To who may see people, about the one that was asked for.',
  },
  {
    place: /^answer to POST \/v1\/(consents|profiles\/find \(wrong\)|segments\/check \(wrong\))$/,
    reason:
      'What is wrong in a request is shown to who sent it: an unknown key, a value that is none of a list.',
  },
]

const isAllowed = ({ place, mark }: Hit, one: Allowed): boolean =>
  one.place.test(place) && (one.mark?.test(mark) ?? true)

/** What was found where it may not be. */
export const forbidden = (hits: readonly Hit[], allowed: readonly Allowed[]): Hit[] =>
  hits.filter((hit) => !allowed.some((one) => isAllowed(hit, one)))

/** What is allowed and never met: the list is no longer than it must be. */
export const unmet = (hits: readonly Hit[], allowed: readonly Allowed[]): Allowed[] =>
  allowed.filter((one) => !hits.some((hit) => isAllowed(hit, one)))
