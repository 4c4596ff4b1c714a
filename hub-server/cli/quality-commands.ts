import type { CommandDefinition } from './command.ts'

/** Commands about the quality of what sources tell, and about what is held back. */
export const qualityCommands: readonly CommandDefinition[] = [
  {
    name: 'quality report',
    arguments: [{ name: 'source', required: false }],
    examples: [
      'affluent quality report',
      'affluent quality report shop/contacts',
      'affluent quality report shop --json',
    ],
    load: async () => (await import('./commands/quality-report.ts')).qualityReport,
  },
  {
    name: 'quality relearn',
    arguments: [{ name: 'source', required: false }],
    examples: ['affluent quality relearn', 'affluent quality relearn shop/contacts'],
    load: async () => (await import('./commands/quality-relearn.ts')).qualityRelearn,
  },
  {
    name: 'quarantine list',
    arguments: [{ name: 'source', required: false }],
    options: [{ name: 'limit', value: 'ROWS' }],
    examples: [
      'affluent quarantine list',
      'affluent quarantine list shop --limit 100',
      'affluent quarantine list --json',
    ],
    load: async () => (await import('./commands/quarantine-list.ts')).quarantineList,
  },
  {
    name: 'quarantine replay',
    arguments: [{ name: 'source', required: false }],
    options: [{ name: 'accept' }],
    examples: ['affluent quarantine replay', 'affluent quarantine replay shop/contacts --accept'],
    load: async () => (await import('./commands/quarantine-replay.ts')).quarantineReplay,
  },
]
