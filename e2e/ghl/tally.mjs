// Counts checks, and says what failed.

let passed = 0;
const failures = [];

/** Notes one check. */
export function check(name, holds, detail = '') {
  if (holds) {
    passed += 1;
    return;
  }
  failures.push(name);
  console.log(`FAILED   ${name}${detail === '' ? '' : `\n         ${detail}`}`);
}

/** The last line, and the exit status. */
export function finish() {
  console.log(`${passed} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
