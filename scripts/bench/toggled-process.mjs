// A process of a project that is switched: says when its collector has taken a change over, by the machine's steady
// clock. OPTIONS is JSON, of createToggle().

import { TraceCollector } from 'aegis-trace';
import { createToggle } from 'aegis-trace/gate';

const toggle = await createToggle(JSON.parse(process.argv[2]));
const collector = new TraceCollector({ toggle });
toggle.onChange(() => {
  process.send({ isRecording: collector.isRecording, atNs: String(process.hrtime.bigint()) });
});
process.send('ready');
process.on('disconnect', () => process.exit());
