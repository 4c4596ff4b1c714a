/** Texts that would begin a line of their own, or paint over others. */
export const lineBreakers: readonly string[] = [
  'a\nforged',
  'a\r\nforged',
  'a\rforged',
  'a\u0085forged',
  'a\u2028forged',
  'a\u2029forged',
  'a\u000bforged',
  'a\u000cforged',
  'a\u001b[2J\u001b[Hforged',
  'a\u001b[1A\u001b[2Kforged',
  'a\u001b]0;title\u0007forged',
  'a\u001b]8;;https://evil.example\u001b\\forged',
  'a\u009b2Jforged',
  'a\u0090q\u009cforged',
  'a\bforged',
  'a\u0000forged',
  'a\u007fforged',
  'a\u202egrof\u202cforged',
  'a\u2066x\u2069forged',
  'a\n{"level":"error","event":"forged"}',
]

/** What moves a cursor, ends a line other than by a line feed, or turns the direction of writing. */
export const moving =
  // oxlint-disable-next-line no-control-regex
  /\u001b(?!\[(?:1|2|3[1236]|22|39)m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
