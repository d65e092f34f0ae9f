// What is never written: secrets by name, in structures, in text and in a position.
import { TraceCollector } from 'aegis-trace';
import { monitor } from 'aegis-trace/monitor';

const collector = new TraceCollector();
const watched = monitor({
  collector,
  sensitiveFields: ['password', 'token', 'authorization', 'iban'],
});

const login = watched(function login(user, password, options) {
  if (password !== 'hunter2')
    throw new Error(`connect postgres://${user}:${password}@db/users failed`);
  return {
    user,
    token: 'abc.def',
    accounts: [{ iban: 'DE89 3704 0044 0532 0130 00', name: 'giro' }],
    options,
  };
});

login('ada', 'hunter2', { headers: { Authorization: 'Bearer abc.def' }, retries: 3 });
try {
  login('ada', 'wrong', 'curl -H "Authorization: Basic YWRhOndyb25n" https://api/?token=abc');
} catch {}

for (const { severity, attributes } of collector.query()) {
  const { stack, process, ...shown } = attributes;
  console.log(severity, process, shown);
}
