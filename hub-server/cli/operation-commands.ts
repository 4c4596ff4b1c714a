import type { CommandDefinition } from './command.ts'

/** Commands for who keeps the hub running. */
export const operationCommands: readonly CommandDefinition[] = [
  {
    name: 'doctor',
    options: [{ name: 'bundle', value: 'FILE', complete: 'file' }],
    examples: [
      'affluent doctor',
      'affluent doctor --json',
      'affluent doctor --bundle affluent-support.tar.gz',
    ],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'backup',
    arguments: [{ name: 'backup', required: true, complete: 'folder' }],
    options: [{ name: 'with-key' }],
    examples: ['affluent backup /var/backups/affluent/2026-11-22', 'affluent backup copy --with-key'],
    load: async () => (await import('./commands/backup.ts')).backUp,
  },
  {
    name: 'restore',
    arguments: [{ name: 'backup', required: true, complete: 'folder' }],
    examples: ['affluent restore /var/backups/affluent/2026-11-22 --workspace ./shop'],
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  {
    name: 'connections list',
    examples: ['affluent connections list', 'affluent connections list --json'],
    load: async () => (await import('./commands/connections-list.ts')).connectionsList,
  },
  {
    name: 'logs level',
    arguments: [{ name: 'level', required: false, complete: ['debug', 'info', 'warn', 'error', 'silent'] }],
    examples: ['affluent logs level', 'affluent logs level debug'],
    load: async () => (await import('./commands/logs-level.ts')).logsLevel,
  },
]
