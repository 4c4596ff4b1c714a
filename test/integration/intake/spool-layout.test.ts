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

  it('is brought on with all that waits and all that it knows', () => {
    const path = join(folder, 'events.sqlite')
    const older = new DatabaseSync(path)
    older.exec(`
      CREATE TABLE call (number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, received_at INTEGER NOT NULL, source TEXT NOT NULL,
        route TEXT NOT NULL, retries INTEGER NOT NULL CHECK (retries >= 0), body BLOB NOT NULL) STRICT;
      CREATE TABLE position (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), drained INTEGER NOT NULL) STRICT;
      INSERT INTO position VALUES (1, 0);
      CREATE TABLE mark (code TEXT NOT NULL PRIMARY KEY, content TEXT NOT NULL, hour INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE INDEX mark_by_hour ON mark (hour);
      CREATE TABLE fate (source TEXT NOT NULL, fate TEXT NOT NULL, count INTEGER NOT NULL CHECK (count > 0),
        PRIMARY KEY (source, fate)) STRICT, WITHOUT ROWID;
      INSERT INTO call (received_at, source, route, retries, body) VALUES (1, 'website', 'track', 0, x'7b7d');
      INSERT INTO mark VALUES ('${code}', '${content}', 7);
      PRAGMA user_version = 1`)
    older.close()
    for (const _opening of ['first', 'again']) {
      const spool = openEventSpool(path)
      expect(spool.known([code, 'c3'.repeat(16)])).toEqual(new Map([[code, content]]))
      expect(spool.waiting(1000)).toHaveLength(1)
      spool.close()
    }
    const spool = openEventSpool(path)
    spool.forget({ calls: 0, marks: 8 * 3_600_000 })
    expect(spool.known([code]).size).toBe(0)
    spool.close()
  })
})
