import { defineComplement } from '../operator.ts'
import { exists } from './exists.ts'

/** There is no value. Never unknown. */
export const missing = defineComplement('missing', exists)
