import type { CommandDefinition } from './command.ts'

/** Commands that prove what was done, by whom, with which secrets. */
export const auditCommands: readonly CommandDefinition[] = [
  {
    name: 'audit verify',
    options: [
      { name: 'checkpoints', value: 'FILE', complete: 'file' },
      { name: 'key', value: 'PUBLIC-KEY' },
    ],
    examples: [
      'affluent audit verify',
      'affluent audit verify --checkpoints /mnt/elsewhere/affluent-audit.jsonl',
      'affluent audit verify --json',
    ],
    load: async () => (await import('./commands/audit-verify.ts')).verifyAuditLog,
  },
  {
    name: 'audit export',
    options: [{ name: 'out', value: 'FILE', complete: 'file' }],
    examples: ['affluent audit export --out audit.jsonl', 'affluent audit export'],
    load: async () => (await import('./commands/audit-export.ts')).exportAuditLog,
  },
  {
    name: 'audit person',
    arguments: [{ name: 'person', required: true }],
    examples: ['affluent audit person ada@example.com', 'affluent audit person p_12 --json'],
    load: async () => (await import('./commands/audit-person.ts')).auditPerson,
  },
  {
    name: 'secrets list',
    examples: ['affluent secrets list'],
    load: async () => (await import('./commands/secrets.ts')).listSecrets,
  },
  {
    name: 'secrets rotate',
    examples: ['affluent secrets rotate'],
    load: async () => (await import('./commands/secrets.ts')).rotateKeys,
  },
]
