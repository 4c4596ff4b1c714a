/** Comments, and string or template literals. Alternatives are tried at each place, so a quote inside a comment opens nothing. */
const commentOrText = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

const keepLines = (text: string): string => text.replace(/[^\n]/g, ' ')

/** The source with comments blanked; lines and columns stay where they were. */
export function withoutComments(source: string): string {
  return source.replace(commentOrText, (part) => (part.startsWith('/') ? keepLines(part) : part))
}

/** The source with comments and the content of plain texts blanked; templates stay, for code may stand in them. */
export function onlyCode(source: string): string {
  return source.replace(commentOrText, (part) => (part.startsWith('`') ? part : keepLines(part)))
}

/** Line of an offset, counted from 1. */
export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}
