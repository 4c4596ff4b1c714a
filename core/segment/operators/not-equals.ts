import { defineComplement } from '../operator.ts'
import { equals } from './equals.ts'

/** Another value than this one. Missing values are unknown, so they match neither `equals` nor `not_equals`. */
export const notEquals = defineComplement('not_equals', equals)
