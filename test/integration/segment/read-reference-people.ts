import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { parseDay, parseInstant } from '../../../core/segment/calendar.ts'
import type { Person } from '../../../core/segment/person.ts'

type Cells = Record<string, string | undefined>

function readTable(folder: string, name: string): Cells[] {
  const rows: Cells[] = parse(readFileSync(join(folder, 'data/synthetic', name)), { columns: true })
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== '\\N')))
}

const numberOf = (cell: string | undefined) => (cell === undefined ? undefined : Number(cell))

/** The reference's 300 contacts with their 3,000 events, in the order of their ids. `folder`: the reference's own. */
export function readReferencePeople(folder: string): Person[] {
  const events = Map.groupBy(readTable(folder, 'segments_events.csv'), (event) => event['contact_id'])
  return readTable(folder, 'segments_contacts.csv').map((contact) => ({
    traits: {
      first_name: contact['first_name'],
      email: contact['email'],
      country: contact['country'],
      plan: contact['plan'],
      age: numberOf(contact['age']),
      score: numberOf(contact['score']),
      signup: parseInstant(contact['signup'] ?? ''),
      birthday: parseDay(contact['birthday'] ?? ''),
      tags: contact['tags'] === '' ? [] : contact['tags']?.split('|'),
    },
    identifiers: {},
    consents: {
      'ads.email':
        contact['consent'] === undefined ? undefined : contact['consent'] === '1' ? 'granted' : 'denied',
    },
    events: (events.get(contact['id']) ?? []).map((event) => ({
      messageId: event['id'] ?? '',
      name: event['type'] ?? '',
      time: parseInstant(event['at'] ?? '') ?? 0n,
      properties: { amount: numberOf(event['amount']), campaign: event['campaign'] },
    })),
    segments: new Set(),
  }))
}
