/** Instrumented modules report to `coverage.ts` from their first line on: it has to be in place before them. */
import { installCoverage } from './coverage.ts';

installCoverage();
const { runSession } = await import('./session.ts');
await runSession(JSON.parse(process.argv[2]!));
