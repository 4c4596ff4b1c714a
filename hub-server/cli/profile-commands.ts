import type { CommandDefinition } from './command.ts'

/** Who is who: one person from source record to audience, merges and splits, and matching. */
export const profileCommands: readonly CommandDefinition[] = [
  {
    name: 'profiles show',
    arguments: [{ name: 'person', required: true }],
    examples: ['affluent profiles show ada@example.com', 'affluent profiles show p_12 --json'],
    load: async () => (await import('./commands/profiles-show.ts')).profilesShow,
  },
  {
    name: 'profiles merge',
    arguments: [
      { name: 'person', required: true },
      { name: 'other', required: true },
    ],
    options: [{ name: 'preview' }, { name: 'yes' }],
    examples: [
      'affluent profiles merge ada@example.com p_57 --preview',
      'affluent profiles merge ada@example.com p_57 --yes',
    ],
    load: async () => (await import('./commands/profiles-merge.ts')).profilesMerge,
  },
  {
    name: 'profiles unmerge',
    arguments: [{ name: 'person', required: true }],
    options: [{ name: 'record', value: 'RECORD', repeatable: true }, { name: 'preview' }, { name: 'yes' }],
    examples: [
      'affluent profiles unmerge p_12 --preview',
      'affluent profiles unmerge p_12 --record shop/contacts/1042 --yes',
    ],
    load: async () => (await import('./commands/profiles-unmerge.ts')).profilesUnmerge,
  },
  {
    name: 'profiles lookalikes',
    options: [{ name: 'limit', value: 'ROWS' }],
    examples: ['affluent profiles lookalikes', 'affluent profiles lookalikes --limit 50 --json'],
    load: async () => (await import('./commands/profiles-lookalikes.ts')).profilesLookalikes,
  },
  {
    name: 'profiles match',
    options: [{ name: 'preview' }, { name: 'relearn' }],
    examples: [
      'affluent profiles match --preview',
      'affluent profiles match',
      'affluent profiles match --relearn',
    ],
    load: async () => (await import('./commands/profiles-match.ts')).profilesMatch,
  },
  {
    name: 'profiles review',
    arguments: [{ name: 'pair', required: false }],
    options: [{ name: 'accept' }, { name: 'refuse' }, { name: 'limit', value: 'ROWS' }],
    examples: [
      'affluent profiles review',
      'affluent profiles review 12-57',
      'affluent profiles review 12-57 --accept',
      'affluent profiles review 12-57 --refuse',
    ],
    load: async () => (await import('./commands/profiles-review.ts')).profilesReview,
  },
]
