import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.io.InputStreamReader;

/** Reads the files that standard input names, one a line, and answers each with one line. */
public class ReadUnderSecurityManager {
    public static void main(String[] arguments) throws IOException {
        if (System.getSecurityManager() == null) {
            System.out.println("no security manager");
            return;
        }
        System.out.println("ready");
        BufferedReader paths = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String path = paths.readLine(); path != null; path = paths.readLine()) {
            System.out.println(answer(path));
        }
    }

    private static String answer(String path) {
        try (BufferedReader file = new BufferedReader(new FileReader(path))) {
            return "read " + file.readLine();
        } catch (SecurityException exception) {
            return "denied";
        } catch (IOException exception) {
            return "failed";
        }
    }
}
