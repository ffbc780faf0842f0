// Firectl is the Fireworks CLI: the last way to a dataset, when a person has it and names it in the configuration.
import { spawn } from 'node:child_process';

/**
 * Runs `<command> download dataset ID --output-dir DIR`. Whether it brought the files is seen in the folder, whatever it says.
 * The CLI has its own login; it gets the environment of this process.
 * @param firectl the command as words, such as `firectl` or `npx firectl`
 */
export function downloadByCli(firectl: string, dataset: string, folder: string): Promise<void> {
  const [command = '', ...words] = firectl.split(/\s+/).filter((word) => word !== '');
  return new Promise((done) => {
    const child = spawn(command, [...words, 'download', 'dataset', dataset, '--output-dir', folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', () => done()); // A command that cannot be started brings nothing, as one that fails.
    child.on('close', () => done());
  });
}
