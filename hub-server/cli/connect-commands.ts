import { connectGuides } from '../connect/guides.ts'
import type { CommandDefinition } from './command.ts'

/** Commands that connect a platform step by step. */
export const connectCommands: readonly CommandDefinition[] = [
  {
    name: 'connect',
    arguments: [
      { name: 'platform', required: true, complete: connectGuides.map(({ platform }) => platform) },
    ],
    options: [
      { name: 'access', value: 'WAY' },
      { name: 'connection', value: 'NAME' },
      { name: 'hub-url', value: 'ADDRESS' },
      { name: 'app-folder', value: 'FOLDER', complete: 'folder' },
      { name: 'set', value: 'KEY=VALUE', repeatable: true },
      { name: 'secret', value: 'KEY=FILE', repeatable: true, complete: 'file' },
      { name: 'skip-test' },
      { name: 'yes' },
    ],
    examples: [
      'affluent connect hubspot',
      'affluent connect hubspot --access service_key --set portal_id=4242424 --secret access_token=key.txt --no-input',
      'affluent connect hubspot --access app --hub-url https://hub.example.com --app-folder hubspot-app',
    ],
    load: async () => (await import('./commands/connect.ts')).connect,
  },
]
