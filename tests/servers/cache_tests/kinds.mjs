// Writes which tests of the suite are required, optimal or only ask how a cache behaves, as one JSON object.
import { pathToFileURL } from 'node:url'

const suites = (await import(pathToFileURL(process.argv[2]))).default
const kinds = {}
for (const suite of suites) {
  for (const test of suite.tests) {
    if (!test.browser_only) kinds[test.id] = test.kind || 'required'
  }
}
console.log(JSON.stringify(kinds))
