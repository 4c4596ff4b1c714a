/** Where a session was begun, for its person to know it again: the kind of browser and the network, neither exactly. */
export const sessionPlacesMigration: readonly string[] = [
  "ALTER TABLE session ADD COLUMN browser TEXT NOT NULL DEFAULT ''",
  "ALTER TABLE session ADD COLUMN network TEXT NOT NULL DEFAULT ''",
]
