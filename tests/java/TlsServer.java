import java.io.FileInputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A server with one version of TLS, which says its port, and shakes hands until its standard input ends. */
public class TlsServer {
    public static void main(String[] words) throws Exception {
        KeyStore keys = KeyStore.getInstance("JKS");
        keys.load(new FileInputStream(words[0]), words[1].toCharArray());
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(keys, words[1].toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        SSLServerSocket server =
                (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 5, loopback);
        server.setEnabledProtocols(new String[] {words[2]});
        Thread answering = new Thread(() -> {
            while (true) {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                    socket.startHandshake();
                } catch (Exception end) {
                    // The other side goes away after the first record.
                }
            }
        });
        answering.setDaemon(true);
        answering.start();
        System.out.println(server.getLocalPort());
        while (System.in.read() >= 0) {
        }
    }
}
