import java.io.BufferedReader;
import java.io.InputStreamReader;

/** Says `ready`, answers each line with `alive LINE`, stays at the end of its input, and says `hook` on shutdown. */
public class ShutdownHook {
    public static void main(String[] arguments) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread() {
            @Override
            public void run() {
                System.out.println("hook");
            }
        });
        System.out.println("ready");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            // One write, and lines of its own: a thread dump may be in the middle of one.
            byte[] answer = ("\nalive " + line + "\n").getBytes();
            System.out.write(answer, 0, answer.length);
            System.out.flush();
        }
        Thread.sleep(Long.MAX_VALUE);
    }
}
