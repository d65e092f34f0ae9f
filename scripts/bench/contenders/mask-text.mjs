// How long masking takes for a megabyte of text, when a part of its lines has secrets and when each has.

// Not public: monitor() and getLogger() mask texts that are far shorter.
import { maskText } from '../../../dist/masking/mask-text.js';
import {
  DEFAULT_SENSITIVE_FIELDS,
  SensitiveFields,
} from '../../../dist/masking/sensitive-fields.js';

const BYTES = 1_000_000;

const PLAIN = [
  '2026-03-01T12:00:00.123Z INFO GET /api/v1/users/42?page=3&size=50 200 12ms 10.0.0.17 key=value user_id=17',
  'Error: connect ECONNREFUSED 127.0.0.1:5432 at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1606:16)',
  '{"level":30,"time":1795255555000,"pid":4242,"hostname":"gpu-7","msg":"batch done","tokens":8192,"model":"m"}',
  'scheduler: worker 4 resumes request 3f70c32b, late by 801.45 ms; utilisation=0.27 bound=0.95 monkey=1',
];

const SECRET = [
  'Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260301/eu/s3/aws4_request, Signature=fe5f80f77d5fa3beca03',
  'curl -u admin:hunter2 -H "Cookie: theme=dark; sid=8f7a6e" https://api.example.com/login?token=abcdef0123',
  'DATABASE_URL=postgres://app:p@ss/w#rd@db.internal:5432/app?sslmode=require PASSWORD="two words" retries=3',
  '{"user":"ada","password":"s3cr\\"et","nested":{"apiKey":["a","b"],"note":"token=abc"},"token_type":"Bearer"}',
  'users[0][password]=hunter2&users[0][name]=ada&client_secret=9a8b7c&grant_type=password&scope=read+write+all',
];

function textOf(lines) {
  let text = '';
  for (let i = 0; text.length < BYTES; i++) text += `${lines[i % lines.length]} #${i}\n`;
  return text.slice(0, BYTES);
}

function medianMs(text, sensitive, repetitions) {
  const times = [];
  for (let i = 0; i < repetitions; i++) {
    const startMs = performance.now();
    maskText(text, sensitive);
    times.push(performance.now() - startMs);
  }
  return times.toSorted((a, b) => a - b)[repetitions >> 1];
}

export function measure({ repetitions }) {
  const sensitive = SensitiveFields.of(DEFAULT_SENSITIVE_FIELDS);
  const texts = {
    plain: textOf(PLAIN),
    'one line of ten with a secret': textOf([...PLAIN, ...PLAIN, PLAIN[0], ...SECRET.slice(0, 1)]),
    'a secret in each line': textOf(SECRET),
  };
  const ms = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, medianMs(text, sensitive, repetitions)]),
  );
  return { ms, maxMs: Math.max(...Object.values(ms)) };
}
