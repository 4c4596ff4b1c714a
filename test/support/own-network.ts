import { getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { afterAll } from 'vitest'

// A hub that is opened in this process guards all its connections; the files of tests that come after it in the same process begin without a guard.
const unguarded = getGlobalDispatcher()
afterAll(() => setGlobalDispatcher(unguarded))
