import { defineComplement } from '../operator.ts'
import { contains } from './contains.ts'

/** A text without this part; a list of texts without this text. Missing values are unknown. */
export const notContains = defineComplement('not_contains', contains)
