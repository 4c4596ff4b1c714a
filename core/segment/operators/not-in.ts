import { defineComplement } from '../operator.ts'
import { isIn } from './in.ts'

/** None of these values; for a list of texts: it has none of them. */
export const notIn = defineComplement('not_in', isIn)
