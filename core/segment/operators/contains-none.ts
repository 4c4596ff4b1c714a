import { defineComplement } from '../operator.ts'
import { containsAny } from './contains-any.ts'

/** A text without any of these parts; a list without any of these texts. Missing values are unknown. */
export const containsNone = defineComplement('contains_none', containsAny)
