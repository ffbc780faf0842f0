// A gate client: run by a command of a pipeline, it tells the test that it is there and waits to be let through.
// Usage: node gate-client.js NAME SHELL_PID [stubborn]; exits with the code the test sends, 97 when the test is gone.
import { connect } from 'node:net';

const [name = '', shell = '0', manner = ''] = process.argv.slice(2);
if (manner === 'stubborn') {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}
const socket = connect(process.env['GATE_SOCKET'] ?? '');
socket.setEncoding('utf8');
socket.on('connect', () =>
  socket.write(`${JSON.stringify({ name, pid: process.pid, shell: Number(shell) })}\n`),
);
socket.on('data', (code: string) => process.exit(Number.parseInt(code, 10)));
socket.on('error', () => process.exit(97));
socket.on('close', () => process.exit(97));
