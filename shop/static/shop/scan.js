// The camera of the scan page, and Enter of a hand scanner. Without this file both fields are typed.
"use strict";

const FORMATS = ["qr_code", "code_128", "code_39", "itf", "ean_13", "data_matrix"];
const EVERY = 250;

function bindScan(form) {
  const slip = form.elements.slip;
  const number = form.elements.tracking_number;
  const next = () => (slip.value.trim() ? number : slip);
  next().focus();
  // A hand scanner ends each code with Enter: after the slip comes the courier's number.
  slip.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || number.value.trim()) return;
    event.preventDefault();
    number.focus();
  });

  const part = form.querySelector("[data-scan-camera]");
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  part.hidden = false;
  const video = part.querySelector("video");
  const told = part.querySelector("[role=status]");
  const take = (code) => {
    const isSlip = /\/orders\/\d+\//.test(code.rawValue);
    if (isSlip) {
      slip.value = code.rawValue;
      number.focus();
    } else if (slip.value.trim() && code.rawValue !== slip.value) {
      number.value = code.rawValue;
      form.requestSubmit();
      return true;
    }
    return false;
  };
  const start = async () => {
    try {
      const detector = new BarcodeDetector({ formats: FORMATS });
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      const look = async () => {
        const codes = document.hidden ? [] : await detector.detect(video).catch(() => []);
        if (codes.some(take)) stream.getTracks().forEach((track) => track.stop());
        else setTimeout(look, EVERY);
      };
      look();
    } catch {
      told.textContent = told.dataset.scanRefused;
    }
  };
  part.querySelector("button").addEventListener("click", start, { once: true });
}
document.querySelectorAll("form[data-scan]").forEach(bindScan);
