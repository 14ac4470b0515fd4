// Counts checks, says what failed, keeps a picture of it.
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';

export class Report {
  passed = 0;
  failed = 0;
  #out;

  constructor(out) {
    this.#out = join(out, 'failures');
  }

  /** Runs one check. It fails by throwing, or by returning a non-empty list of problems. */
  async check(name, page, run) {
    const started = performance.now();
    let problems;
    try {
      problems = (await run()) ?? [];
    } catch (error) {
      problems = [error.message.split('\n').slice(0, 12).join('\n')];
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (problems.length === 0) {
      this.passed += 1;
      console.log(`  ok    ${name} (${seconds} s)`);
      return true;
    }
    this.failed += 1;
    console.log(`  FAIL  ${name} (${seconds} s)`);
    for (const problem of problems.slice(0, 20)) console.log(`        ${problem.replaceAll('\n', '\n        ')}`);
    if (problems.length > 20) console.log(`        and ${problems.length - 20} more`);
    await this.#picture(name, page);
    return false;
  }

  async #picture(name, page) {
    if (!page || page.isClosed()) return;
    mkdirSync(this.#out, { recursive: true });
    const path = join(this.#out, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.png`);
    try {
      await page.screenshot({ path, fullPage: true });
      console.log(`        picture: ${path}`);
    } catch (error) {
      console.log(`        no picture: ${error.message.split('\n')[0]}`);
    }
  }
}

/** Fails with both values when they differ. */
export function same(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`);
}

/** Fails with this sentence when the condition does not hold. */
export function must(condition, sentence) {
  if (!condition) throw new Error(sentence);
}
