import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.AccessController;
import java.security.PrivilegedAction;
import org.elasticsearch.discovery.DiscoveryModule;
import org.elasticsearch.discovery.zen.ZenDiscovery;
import org.elasticsearch.plugins.Plugin;

/**
 * Stands for the discovery plugin of fabric8, which is in no registry: it reads its kubeconfig within the server's JVM, again and
 * again as that one does, and says what became of that each time it changes. It asks no API and finds nobody.
 */
public class KubernetesPlugin extends Plugin {
    public KubernetesPlugin() {
        Thread reader = new Thread(KubernetesPlugin::read, "kubeconfig");
        reader.setDaemon(true);
        reader.start();
    }

    @Override
    public String name() {
        return "cloud-kubernetes";
    }

    @Override
    public String description() {
        return "reads a kubeconfig";
    }

    public void onModule(DiscoveryModule module) {
        module.addDiscoveryType("kubernetes", ZenDiscovery.class);
    }

    private static void read() {
        String path = AccessController.doPrivileged((PrivilegedAction<String>) () -> System.getenv("KUBECONFIG"));
        String before = "";
        while (true) {
            String now = answer(path);
            if (!now.equals(before)) {
                System.out.println("kubeconfig " + now);
            }
            before = now;
            try {
                Thread.sleep(500);
            } catch (InterruptedException exception) {
                return;
            }
        }
    }

    private static String answer(String path) {
        try (BufferedReader file = Files.newBufferedReader(Paths.get(path), StandardCharsets.UTF_8)) {
            for (String line = file.readLine(); line != null; line = file.readLine()) {
                if (line.startsWith("current-context:")) {
                    return "read, " + line;
                }
            }
            return "read";
        } catch (SecurityException exception) {
            return "denied";
        } catch (IOException exception) {
            return "failed";
        }
    }
}
