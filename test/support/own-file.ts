/** What a file of tests leaves behind ends with it: the next one runs in the same process. */
import { getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { afterAll } from 'vitest'
import { killChildren } from './spawn-child.ts'

// A hub that is opened in this process guards all its connections.
const unguarded = getGlobalDispatcher()
afterAll(() => {
  setGlobalDispatcher(unguarded)
  killChildren()
})
