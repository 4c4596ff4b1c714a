import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEventSpool } from '../../../hub-server/intake/event-spool.ts'

const code = 'a1'.repeat(16)
const content = 'b2'.repeat(8)

describe('the spool of an older layout', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'affluent-spool-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const layouts = [
    [
      'marks that are texts',
      `CREATE TABLE mark (code TEXT NOT NULL PRIMARY KEY, content TEXT NOT NULL, hour INTEGER NOT NULL) STRICT, WITHOUT ROWID;
       CREATE INDEX mark_by_hour ON mark (hour);
       INSERT INTO mark VALUES ('${code}', '${content}', 7);
       PRAGMA user_version = 1`,
    ],
    [
      'marks that are all in their place',
      `CREATE TABLE mark (code BLOB NOT NULL PRIMARY KEY, content BLOB NOT NULL, hour INTEGER NOT NULL) STRICT, WITHOUT ROWID;
       INSERT INTO mark VALUES (unhex('${code}'), unhex('${content}'), 7);
       PRAGMA user_version = 2`,
    ],
  ] as const

  it.each(layouts)('with %s is brought on with all that waits and all that it knows', (name, marks) => {
    const path = join(folder, `${name}.sqlite`)
    const older = new DatabaseSync(path)
    older.exec(`
      CREATE TABLE call (number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, received_at INTEGER NOT NULL, source TEXT NOT NULL,
        route TEXT NOT NULL, retries INTEGER NOT NULL CHECK (retries >= 0), body BLOB NOT NULL) STRICT;
      CREATE TABLE position (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), drained INTEGER NOT NULL) STRICT;
      INSERT INTO position VALUES (1, 0);
      CREATE TABLE fate (source TEXT NOT NULL, fate TEXT NOT NULL, count INTEGER NOT NULL CHECK (count > 0),
        PRIMARY KEY (source, fate)) STRICT, WITHOUT ROWID;
      INSERT INTO call (received_at, source, route, retries, body) VALUES (1, 'website', 'track', 0, x'7b7d');
      ${marks}`)
    older.close()
    const later = { code: 'c3'.repeat(16), content: 'd4'.repeat(8) }
    const first = openEventSpool(path)
    expect(first.known([code, later.code])).toEqual(new Map([[code, content]]))
    expect(first.waiting(1000)).toHaveLength(1)
    first.settle({ through: 1, bytes: 2, marks: [later], fates: [], at: 9 * 3_600_000 })
    first.close()
    const again = openEventSpool(path)
    expect(again.waiting(1000)).toHaveLength(0)
    expect(again.known([code, later.code]).size).toBe(2)
    again.forget({ calls: 0, marks: 8 * 3_600_000 })
    expect(again.known([code, later.code])).toEqual(new Map([[later.code, later.content]]))
    again.close()
  })
})
