#!/usr/bin/env node
import { run } from './run.js';

// The exit code, not process.exit(): output to a pipe may still be on its way.
process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: () => process.stdin,
  env: process.env,
});
